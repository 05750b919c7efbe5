// A first message from somebody unknown says, inside its ciphertext, how to reach the sender's account. It is read without believing or
// keeping anything: only when the account's list, fetched with it, holds the very key of the sender is the message decrypted in earnest.

import type { Envelope } from '../../shared/protocol/message.ts';
import { accountIdOf } from '../../shared/trust/account-id.ts';
import { requireOwn } from '../identity/own-account.ts';
import type { Views } from '../identity/views.ts';
import { ProtocolError, type ProtocolStore, SignalProtocol } from '../signal-protocol/index.ts';
import { decodeBody } from './message-body.ts';
import type { DeviceParts } from './parts.ts';
import { SessionStore } from './session-store.ts';

const PREKEY_MESSAGE = 3;

/** Undefined when the message begins no session, or says nothing that can be of the sender's account. */
export async function introductionIn(
  { sender, senderDevice, type, ciphertext, commitment }: Envelope,
  { store, now, provider }: DeviceParts,
): Promise<Views['introduction']> {
  if (type !== PREKEY_MESSAGE) return undefined;
  const { account, device } = await requireOwn(store);
  const engine = new SignalProtocol({
    store: forgetful(new SessionStore(store, now)),
    localAddress: { serviceId: account, deviceId: device },
    ...(provider && { provider }),
  });
  const address = { serviceId: sender, deviceId: senderDevice };
  try {
    const plaintext = await engine.decrypt(address, { type: 'prekey', bytes: ciphertext });
    const introduction = decodeBody(plaintext, commitment)?.views.introduction;
    return introduction && accountIdOf(introduction.commitment) === sender ? introduction : undefined;
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

/** Reads this device's prekeys, uses none of them up, and keeps nothing. */
function forgetful(sessions: SessionStore): ProtocolStore {
  return {
    loadLocalIdentity: () => sessions.loadLocalIdentity(),
    loadSession: async () => undefined,
    loadPreKey: (id) => sessions.loadPreKey(id),
    loadSignedPreKey: (id) => sessions.loadSignedPreKey(id),
    loadKyberPreKey: (id) => sessions.loadKyberPreKey(id),
    isTrustedIdentity: async () => true,
    commit: async () => {},
  };
}
