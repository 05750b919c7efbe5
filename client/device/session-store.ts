// What Signal's engine keeps, in the encrypted record store. Sessions exist only with devices of accepted lists.

import { readKnown, sessionKey } from '../identity/account-book.ts';
import { isListedIdentity } from '../identity/identity-gate.ts';
import { deviceOf } from '../identity/known-account.ts';
import { requireOwn } from '../identity/own-account.ts';
import { readKyberPreKey, readPreKey, readSignedPreKey, usePreKeys } from '../identity/prekey-records.ts';
import {
  type LocalIdentity,
  type ProtocolAddress,
  ProtocolError,
  type ProtocolStore,
  type RemoteIdentity,
  type StoreChange,
} from '../signal-protocol/index.ts';
import type { RecordKey, RecordReader, RecordStore, RecordWrite } from '../storage/record-store.ts';

const SESSIONS = 'sessions';

export class SessionStore implements ProtocolStore {
  readonly #store: RecordStore;
  readonly #now: () => number;

  /** @param now milliseconds since 1970, by this device's own clock */
  constructor(store: RecordStore, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  async loadLocalIdentity(): Promise<LocalIdentity> {
    const { identityKey, identityPrivateKey, registration } = await requireOwn(this.#store);
    return { keyPair: { publicKey: identityKey, privateKey: identityPrivateKey }, registrationId: registration };
  }

  async loadSession(address: ProtocolAddress): Promise<Uint8Array | undefined> {
    const key = await keyOf(this.#store, address);
    return key && this.#store.get(SESSIONS, key);
  }

  loadPreKey(id: number) {
    return readPreKey(this.#store, id);
  }

  loadSignedPreKey(id: number) {
    return readSignedPreKey(this.#store, id);
  }

  loadKyberPreKey(id: number) {
    return readKyberPreKey(this.#store, id);
  }

  async isTrustedIdentity(
    address: ProtocolAddress,
    identity: RemoteIdentity,
    direction: 'send' | 'receive',
  ): Promise<boolean> {
    const known = await readKnown(this.#store, address.serviceId);
    return isListedIdentity(known, address, identity, direction, this.#now());
  }

  /** @param alongside is written in the same batch */
  async commit(
    { address, previous, session, usedPreKeys }: StoreChange,
    alongside: readonly RecordWrite[] = [],
  ): Promise<void> {
    await this.#store.update(async (read) => {
      const key = await keyOf(read, address);
      // The device may have left the list since the operation began.
      if (!key) throw new ProtocolError('UNTRUSTED_IDENTITY', 'the device is not in the list any more');
      if (!sameBytes(await read.get(SESSIONS, key), previous)) {
        throw new ProtocolError('CONCURRENT_CHANGE', 'the session was changed by somebody else');
      }
      const used = usedPreKeys ? await usePreKeys(read, usedPreKeys) : [];
      return [...used, { put: SESSIONS, key, value: session }, ...alongside];
    });
  }
}

/** Undefined when the device is not in the accepted list: then there is no session with it, whatever there was. */
async function keyOf(read: RecordReader, { serviceId, deviceId }: ProtocolAddress): Promise<RecordKey | undefined> {
  const known = await readKnown(read, serviceId);
  const device = known && deviceOf(known, deviceId);
  return device && sessionKey(serviceId, device);
}

function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (!a || !b) return a === b;
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
