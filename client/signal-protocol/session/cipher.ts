// RatchetEncrypt and RatchetDecrypt of the Triple Ratchet (Double Ratchet section 6): both ratchets give a key, the two are mixed,
// and the message is encrypted and authenticated with the result.

import { spqrReceive, spqrSend } from '../braid/spqr.ts';
import { ProtocolError } from '../errors.ts';
import { aesCbcDecrypt, aesCbcEncrypt } from '../primitives/aes-cbc.ts';
import { wipe } from '../primitives/bytes.ts';
import { encodePublicKey } from '../primitives/curve.ts';
import type { CryptoProvider } from '../primitives/provider.ts';
import { deriveMessageKeys, type MessageKeys } from '../ratchet/chain.ts';
import { ratchetReceive, ratchetSend } from '../ratchet/double-ratchet.ts';
import { encodePreKeyMessage } from '../wire/prekey-message.ts';
import { encodeSignalMessage, type Identities, type SignalMessage, verifyMac } from '../wire/signal-message.ts';
import type { SessionState } from './state.ts';

/** 'prekey' carries a handshake, because the peer has not answered yet; 'message' does not. */
export interface EncryptedMessage {
  readonly type: 'prekey' | 'message';
  readonly bytes: Uint8Array;
}

/**
 * @param addresses both ends, as {@link encodeAddresses} gives them: bound into messages that carry a handshake
 */
export async function encryptInSession(
  provider: CryptoProvider,
  session: SessionState,
  plaintext: Uint8Array,
  addresses: () => Uint8Array,
): Promise<{ session: SessionState; message: EncryptedMessage }> {
  const { state: ratchet, seed } = ratchetSend(session.ratchet);
  const { state: spqr, message: pqRatchet, key } = await spqrSend(provider, session.spqr);
  const keys = deriveMessageKeys(seed, key);
  const header = {
    ratchetKey: ratchet.ratchetKey.publicKey,
    counter: session.ratchet.sending.index,
    previousCounter: ratchet.previousCounter,
    pqRatchet,
  };
  const local = encodePublicKey(session.localIdentityKey);
  const identities = { sender: local, receiver: encodePublicKey(session.remoteIdentityKey) };
  const ciphertext = aesCbcEncrypt(keys.cipherKey, keys.iv, plaintext);
  const bound = session.pending ? addresses() : undefined;
  const bytes = encodeSignalMessage(header, ciphertext, bound, keys.macKey, identities);
  wipeKeys(keys);
  return { session: { ...session, ratchet, spqr }, message: withHandshake(session, bytes) };
}

/**
 * @throws ProtocolError DECRYPTION_FAILED when the message is not of this session; DUPLICATE_MESSAGE, TOO_FAR_AHEAD,
 * INVALID_PQ_RATCHET or INVALID_KEY before it gets so far
 */
export async function decryptInSession(
  provider: CryptoProvider,
  session: SessionState,
  message: SignalMessage,
): Promise<{ session: SessionState; plaintext: Uint8Array }> {
  const { state: ratchet, seed } = await ratchetReceive(provider, session.ratchet, message.ratchetKey, message.counter);
  const { state: spqr, key } = await spqrReceive(provider, session.spqr, message.pqRatchet);
  const keys = deriveMessageKeys(seed, key);
  const local = encodePublicKey(session.localIdentityKey);
  const plaintext = open(message, keys, { sender: encodePublicKey(session.remoteIdentityKey), receiver: local });
  wipeKeys(keys);
  // The peer has the session: from now on no message needs to repeat the handshake.
  return { session: { ...session, pending: undefined, ratchet, spqr }, plaintext };
}

function open(message: SignalMessage, keys: MessageKeys, identities: Identities): Uint8Array {
  if (!verifyMac(message, keys.macKey, identities)) {
    throw new ProtocolError('DECRYPTION_FAILED', 'the message is not authentic in this session');
  }
  return aesCbcDecrypt(keys.cipherKey, keys.iv, message.ciphertext);
}

function withHandshake(session: SessionState, message: Uint8Array): EncryptedMessage {
  const { pending } = session;
  if (!pending) return { type: 'message', bytes: message };
  const bytes = encodePreKeyMessage({
    preKeyId: pending.preKeyId,
    signedPreKeyId: pending.signedPreKeyId,
    kyberPreKeyId: pending.kyberPreKeyId,
    kyberCiphertext: pending.kyberCiphertext,
    registrationId: session.localRegistrationId,
    baseKey: session.baseKey,
    identityKey: session.localIdentityKey,
    message,
  });
  return { type: 'prekey', bytes };
}

function wipeKeys(keys: MessageKeys): void {
  wipe(keys.cipherKey, keys.macKey, keys.iv);
}
