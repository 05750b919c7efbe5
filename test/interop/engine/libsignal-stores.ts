import {
  type Direction,
  IdentityChange,
  IdentityKeyStore,
  KyberPreKeyRecord,
  KyberPreKeyStore,
  PreKeyRecord,
  PreKeyStore,
  type PrivateKey,
  type ProtocolAddress,
  type PublicKey,
  SessionRecord,
  SessionStore,
  SignedPreKeyRecord,
  SignedPreKeyStore,
} from '@signalapp/libsignal-client';

type Bytes = Uint8Array<ArrayBuffer>;

/** Keeps serialised records, so that every message is a restart. */
export class Sessions extends SessionStore {
  readonly records = new Map<string, Bytes>();

  async saveSession(name: ProtocolAddress, record: SessionRecord): Promise<void> {
    this.records.set(name.toString(), record.serialize());
  }

  async getSession(name: ProtocolAddress): Promise<SessionRecord | null> {
    const bytes = this.records.get(name.toString());
    return bytes ? SessionRecord.deserialize(bytes) : null;
  }

  async getExistingSessions(): Promise<SessionRecord[]> {
    return [];
  }
}

export class Identities extends IdentityKeyStore {
  readonly #key: PrivateKey;
  readonly #registrationId: number;
  readonly #trusted = new Map<string, Uint8Array>();

  constructor(key: PrivateKey, registrationId: number) {
    super();
    this.#key = key;
    this.#registrationId = registrationId;
  }

  trust(name: ProtocolAddress, identityKey: Uint8Array): void {
    this.#trusted.set(name.toString(), identityKey);
  }

  async getIdentityKey(): Promise<PrivateKey> {
    return this.#key;
  }

  async getLocalRegistrationId(): Promise<number> {
    return this.#registrationId;
  }

  async saveIdentity(): Promise<IdentityChange> {
    return IdentityChange.NewOrUnchanged;
  }

  async isTrustedIdentity(name: ProtocolAddress, key: PublicKey, _direction: Direction): Promise<boolean> {
    const expected = this.#trusted.get(name.toString());
    return expected !== undefined && Buffer.compare(expected, key.serialize()) === 0;
  }

  async getIdentity(): Promise<PublicKey | null> {
    return null;
  }
}

export class PreKeys extends PreKeyStore {
  readonly records = new Map<number, Bytes>();

  async savePreKey(id: number, record: PreKeyRecord): Promise<void> {
    this.records.set(id, record.serialize());
  }

  async getPreKey(id: number): Promise<PreKeyRecord> {
    return PreKeyRecord.deserialize(found(this.records.get(id)));
  }

  async removePreKey(id: number): Promise<void> {
    this.records.delete(id);
  }
}

export class SignedPreKeys extends SignedPreKeyStore {
  readonly records = new Map<number, Bytes>();

  async saveSignedPreKey(id: number, record: SignedPreKeyRecord): Promise<void> {
    this.records.set(id, record.serialize());
  }

  async getSignedPreKey(id: number): Promise<SignedPreKeyRecord> {
    return SignedPreKeyRecord.deserialize(found(this.records.get(id)));
  }
}

export class KyberPreKeys extends KyberPreKeyStore {
  readonly records = new Map<number, Bytes>();

  async saveKyberPreKey(id: number, record: KyberPreKeyRecord): Promise<void> {
    this.records.set(id, record.serialize());
  }

  async getKyberPreKey(id: number): Promise<KyberPreKeyRecord> {
    return KyberPreKeyRecord.deserialize(found(this.records.get(id)));
  }

  async markKyberPreKeyUsed(): Promise<void> {}
}

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the prekey is gone');
  return value;
}
