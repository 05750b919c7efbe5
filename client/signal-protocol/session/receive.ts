// Which session a received message belongs to (Sesame, receiving messages): the one its handshake names, or whichever of the current
// and the archived ones authenticates it. The one found becomes current.

import { ProtocolError } from '../errors.ts';
import { equalBytes } from '../primitives/bytes.ts';
import { encodePublicKey } from '../primitives/curve.ts';
import type { CryptoProvider } from '../primitives/provider.ts';
import type { ProtocolStore, RemoteIdentity, UsedPreKeys } from '../store.ts';
import { decodePreKeyMessage, type PreKeyMessage } from '../wire/prekey-message.ts';
import { decodeSignalMessage, type SignalMessage } from '../wire/signal-message.ts';
import { decryptInSession } from './cipher.ts';
import { type ResponderPreKeys, startFromMessage } from './handshake.ts';
import { type SessionRecord, sessionWithBaseKey } from './record.ts';
import { decodeSession } from './session-codec.ts';
import { remoteIdentityOf, type SessionState } from './state.ts';

export interface ReceiveContext {
  readonly provider: CryptoProvider;
  readonly store: ProtocolStore;
  /** The two addresses that the message must be bound to, if it is bound. */
  readonly addresses: () => Uint8Array;
  /** @throws ProtocolError UNTRUSTED_IDENTITY */
  readonly requireTrust: (identity: RemoteIdentity) => Promise<void>;
}

export interface Opened {
  readonly session: SessionState;
  readonly plaintext: Uint8Array;
  readonly usedPreKeys?: UsedPreKeys;
}

export async function openMessage(context: ReceiveContext, record: SessionRecord, bytes: Uint8Array): Promise<Opened> {
  const message = decodeSignalMessage(bytes);
  // Only messages with a handshake are always bound; whatever binding there is must be right.
  if (message.addresses) requireAddresses(context, message);
  const opened = await openInAnySession(context, record, message);
  // The application may have stopped trusting the device since the session began.
  await context.requireTrust(remoteIdentityOf(opened.session));
  return opened;
}

async function openInAnySession(
  context: ReceiveContext,
  record: SessionRecord,
  message: SignalMessage,
): Promise<Opened> {
  const failures: ProtocolError[] = [];
  for (const session of sessionsOf(record)) {
    try {
      return await decryptInSession(context.provider, session, message);
    } catch (error) {
      failures.push(asRefusal(error));
    }
  }
  throw explain(failures);
}

export async function openPreKeyMessage(
  context: ReceiveContext,
  record: SessionRecord,
  bytes: Uint8Array,
): Promise<Opened> {
  const handshake = decodePreKeyMessage(bytes);
  const message = decodeSignalMessage(handshake.message);
  requireAddresses(context, message);
  const identity = { identityKey: encodePublicKey(handshake.identityKey), registrationId: handshake.registrationId };
  await context.requireTrust(identity);
  const known = sessionWithBaseKey(record, handshake.baseKey);
  if (known) return openInKnownSession(context, known, handshake, message);

  const local = await context.store.loadLocalIdentity();
  const preKeys = await loadPreKeys(context.store, handshake);
  const session = await startFromMessage(context.provider, local, handshake, preKeys);
  const opened = await decryptInSession(context.provider, session, message);
  const { preKeyId, signedPreKeyId, kyberPreKeyId } = handshake;
  const baseKey = encodePublicKey(handshake.baseKey);
  return { ...opened, usedPreKeys: { preKeyId, signedPreKeyId, kyberPreKeyId, baseKey } };
}

/** The current session, then the archived ones, decoded only when they are asked. */
function* sessionsOf({ current, archived }: SessionRecord): Generator<SessionState> {
  if (current) yield current;
  for (const bytes of archived) yield decodeSession(bytes);
}

/** The handshake was answered already: it is not answered again, only the message inside is read. */
function openInKnownSession(
  context: ReceiveContext,
  session: SessionState,
  handshake: PreKeyMessage,
  message: SignalMessage,
): Promise<Opened> {
  if (!equalBytes(session.remoteIdentityKey, handshake.identityKey)) {
    throw new ProtocolError('INVALID_MESSAGE', 'the handshake names another identity than the session');
  }
  return decryptInSession(context.provider, session, message);
}

async function loadPreKeys(store: ProtocolStore, handshake: PreKeyMessage): Promise<ResponderPreKeys> {
  const { preKeyId } = handshake;
  const [preKey, signedPreKey, kyberPreKey] = await Promise.all([
    preKeyId === undefined ? undefined : store.loadPreKey(preKeyId),
    store.loadSignedPreKey(handshake.signedPreKeyId),
    store.loadKyberPreKey(handshake.kyberPreKeyId),
  ]);
  if (!signedPreKey || !kyberPreKey || (preKeyId !== undefined && !preKey)) {
    throw new ProtocolError('PREKEY_NOT_FOUND', 'the message uses a prekey that this device does not have');
  }
  return { preKey, signedPreKey, kyberPreKey };
}

function requireAddresses(context: ReceiveContext, message: SignalMessage): void {
  if (message.addresses && equalBytes(message.addresses, context.addresses())) return;
  throw new ProtocolError('ADDRESS_MISMATCH', 'the message was not made by this sender for this device');
}

function asRefusal(error: unknown): ProtocolError {
  if (error instanceof ProtocolError && error.code !== 'CORRUPT_STATE') return error;
  throw error;
}

/** Of several sessions' refusals the most telling: a session that knows the message's key has more to say than one that does not. */
function explain(failures: readonly ProtocolError[]): ProtocolError {
  const duplicate = failures.find((failure) => failure.code === 'DUPLICATE_MESSAGE');
  if (duplicate) return duplicate;
  const [only, ...others] = failures;
  if (!only) return new ProtocolError('NO_SESSION', 'there is no session with the sender');
  return others.length ? new ProtocolError('DECRYPTION_FAILED', 'no session authenticates the message') : only;
}
