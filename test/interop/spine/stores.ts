// SPDX-License-Identifier: AGPL-3.0-only
import {
  type Direction,
  IdentityChange,
  IdentityKeyStore,
  type KyberPreKeyRecord,
  KyberPreKeyStore,
  type PreKeyRecord,
  PreKeyStore,
  type PrivateKey,
  type ProtocolAddress,
  type PublicKey,
  SessionRecord,
  SessionStore,
  type SignedPreKeyRecord,
  SignedPreKeyStore,
} from '@signalapp/libsignal-client';

const named = (address: ProtocolAddress): string => `${address.name()}.${address.deviceId()}`;

export class Sessions extends SessionStore {
  readonly #records = new Map<string, Uint8Array<ArrayBuffer>>();
  async saveSession(name: ProtocolAddress, record: SessionRecord): Promise<void> {
    this.#records.set(named(name), record.serialize());
  }
  async getSession(name: ProtocolAddress): Promise<SessionRecord | null> {
    const record = this.#records.get(named(name));
    return record ? SessionRecord.deserialize(record) : null;
  }
  async getExistingSessions(addresses: ProtocolAddress[]): Promise<SessionRecord[]> {
    const records = await Promise.all(addresses.map((address) => this.getSession(address)));
    return records.filter((record) => record !== null);
  }
}

/** Trusts exactly the identity keys it was told from device lists. */
export class Identities extends IdentityKeyStore {
  readonly #key: PrivateKey;
  readonly #registration: number;
  readonly #trusted = new Map<string, PublicKey>();
  constructor(key: PrivateKey, registration: number) {
    super();
    this.#key = key;
    this.#registration = registration;
  }
  trust(address: ProtocolAddress, key: PublicKey): void {
    this.#trusted.set(named(address), key);
  }
  async getIdentityKey(): Promise<PrivateKey> {
    return this.#key;
  }
  async getLocalRegistrationId(): Promise<number> {
    return this.#registration;
  }
  async saveIdentity(): Promise<IdentityChange> {
    return IdentityChange.NewOrUnchanged;
  }
  async isTrustedIdentity(name: ProtocolAddress, key: PublicKey, _direction: Direction): Promise<boolean> {
    return this.#trusted.get(named(name))?.equals(key) ?? false;
  }
  async getIdentity(name: ProtocolAddress): Promise<PublicKey | null> {
    return this.#trusted.get(named(name)) ?? null;
  }
}

/** A record by id; asking for what is not there is an error, as the library expects. */
class Shelf<Item> {
  readonly #items = new Map<number, Item>();
  put(id: number, item: Item): void {
    this.#items.set(id, item);
  }
  get(id: number): Item {
    const item = this.#items.get(id);
    if (item === undefined) throw new Error(`no key ${id}`);
    return item;
  }
  remove(id: number): void {
    this.#items.delete(id);
  }
}

export class PreKeys extends PreKeyStore {
  readonly #shelf = new Shelf<PreKeyRecord>();
  async savePreKey(id: number, record: PreKeyRecord): Promise<void> {
    this.#shelf.put(id, record);
  }
  async getPreKey(id: number): Promise<PreKeyRecord> {
    return this.#shelf.get(id);
  }
  async removePreKey(id: number): Promise<void> {
    this.#shelf.remove(id);
  }
}

export class SignedPreKeys extends SignedPreKeyStore {
  readonly #shelf = new Shelf<SignedPreKeyRecord>();
  async saveSignedPreKey(id: number, record: SignedPreKeyRecord): Promise<void> {
    this.#shelf.put(id, record);
  }
  async getSignedPreKey(id: number): Promise<SignedPreKeyRecord> {
    return this.#shelf.get(id);
  }
}

export class KyberPreKeys extends KyberPreKeyStore {
  readonly #shelf = new Shelf<KyberPreKeyRecord>();
  readonly #lastResort: number;
  constructor(lastResort: number) {
    super();
    this.#lastResort = lastResort;
  }
  async saveKyberPreKey(id: number, record: KyberPreKeyRecord): Promise<void> {
    this.#shelf.put(id, record);
  }
  async getKyberPreKey(id: number): Promise<KyberPreKeyRecord> {
    return this.#shelf.get(id);
  }
  async markKyberPreKeyUsed(id: number): Promise<void> {
    if (id !== this.#lastResort) this.#shelf.remove(id);
  }
}
