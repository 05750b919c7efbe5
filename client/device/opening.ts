// Decrypts an envelope and keeps what was in it, in one batch.

import type { Envelope } from '../../shared/protocol/message.ts';
import { requireOwn } from '../identity/own-account.ts';
import { type ProtocolStore, SignalProtocol, type StoreChange } from '../signal-protocol/index.ts';
import { type KeptMessage, keepMessage } from './kept-messages.ts';
import type { DeviceParts } from './parts.ts';
import { SessionStore } from './session-store.ts';
import { undisturbed } from './undisturbed.ts';

const PREKEY_MESSAGE = 3;

/** @throws ProtocolError of the engine; nothing has changed then */
export function openEnvelope(envelope: Envelope, parts: DeviceParts): Promise<KeptMessage> {
  return undisturbed(() => openOnce(envelope, parts));
}

async function openOnce(envelope: Envelope, { store, now, provider }: DeviceParts): Promise<KeptMessage> {
  const sessions = new SessionStore(store, now);
  const changes: StoreChange[] = [];
  const { account, device } = await requireOwn(store);
  const engine = new SignalProtocol({
    store: heldBack(sessions, changes),
    localAddress: { serviceId: account, deviceId: device },
    now,
    ...(provider && { provider }),
  });
  const address = { serviceId: envelope.sender, deviceId: envelope.senderDevice };
  const type = envelope.type === PREKEY_MESSAGE ? 'prekey' : 'message';
  const plaintext = await engine.decrypt(address, { type, bytes: envelope.ciphertext });
  const { kept, write } = keepMessage(envelope, plaintext);
  // Refused if the session was advanced by sending meanwhile: the comparison with what was read is part of the commit.
  for (const change of changes) await sessions.commit(change, [write]);
  return kept;
}

/** The sessions as they are; what a decryption changes is handed out instead of written. */
function heldBack(sessions: SessionStore, changes: StoreChange[]): ProtocolStore {
  return {
    loadLocalIdentity: () => sessions.loadLocalIdentity(),
    loadSession: (address) => sessions.loadSession(address),
    loadPreKey: (id) => sessions.loadPreKey(id),
    loadSignedPreKey: (id) => sessions.loadSignedPreKey(id),
    loadKyberPreKey: (id) => sessions.loadKyberPreKey(id),
    isTrustedIdentity: (address, identity, direction) => sessions.isTrustedIdentity(address, identity, direction),
    commit: async (change) => void changes.push(change),
  };
}
