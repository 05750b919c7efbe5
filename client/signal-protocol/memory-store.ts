import { bytesToHex } from '@noble/hashes/utils.js';
import { addressKey, type ProtocolAddress } from './address.ts';
import { ProtocolError } from './errors.ts';
import type { KyberPreKeyRecord, PreKeyRecord, SignedPreKeyRecord } from './prekeys.ts';
import { equalBytes } from './primitives/bytes.ts';
import type { LocalIdentity, ProtocolStore, RemoteIdentity, StoreChange, UsedPreKeys } from './store.ts';

/** A store for tests and small tools: it keeps every obligation of {@link ProtocolStore} except surviving the process. */
export class MemoryStore implements ProtocolStore {
  readonly sessions = new Map<string, Uint8Array>();
  readonly preKeys = new Map<number, PreKeyRecord>();
  readonly signedPreKeys = new Map<number, SignedPreKeyRecord>();
  readonly kyberPreKeys = new Map<number, KyberPreKeyRecord>();
  readonly #identity: LocalIdentity;
  readonly #trusted = new Map<string, RemoteIdentity>();
  readonly #answered = new Set<string>();

  constructor(identity: LocalIdentity) {
    this.#identity = identity;
  }

  /** The device at this address is expected to have exactly this identity; any other is refused. */
  trust(address: ProtocolAddress, identity: RemoteIdentity): void {
    this.#trusted.set(addressKey(address), identity);
  }

  async loadLocalIdentity(): Promise<LocalIdentity> {
    return this.#identity;
  }

  async loadSession(address: ProtocolAddress): Promise<Uint8Array | undefined> {
    return this.sessions.get(addressKey(address));
  }

  async loadPreKey(id: number): Promise<PreKeyRecord | undefined> {
    return this.preKeys.get(id);
  }

  async loadSignedPreKey(id: number): Promise<SignedPreKeyRecord | undefined> {
    return this.signedPreKeys.get(id);
  }

  async loadKyberPreKey(id: number): Promise<KyberPreKeyRecord | undefined> {
    return this.kyberPreKeys.get(id);
  }

  async isTrustedIdentity(address: ProtocolAddress, identity: RemoteIdentity): Promise<boolean> {
    const expected = this.#trusted.get(addressKey(address));
    if (!expected || expected.registrationId !== identity.registrationId) return false;
    return equalBytes(expected.identityKey, identity.identityKey);
  }

  async commit({ address, previous, session, usedPreKeys }: StoreChange): Promise<void> {
    const stored = this.sessions.get(addressKey(address));
    const unchanged = stored === previous || (stored && previous && equalBytes(stored, previous));
    if (!unchanged) throw new ProtocolError('CONCURRENT_CHANGE', 'the session was changed by somebody else');
    if (usedPreKeys) this.#use(usedPreKeys);
    this.sessions.set(addressKey(address), session);
  }

  #use({ preKeyId, signedPreKeyId, kyberPreKeyId, baseKey }: UsedPreKeys): void {
    const kyber = this.kyberPreKeys.get(kyberPreKeyId);
    if (!kyber || (preKeyId !== undefined && !this.preKeys.has(preKeyId))) {
      throw new ProtocolError('PREKEY_NOT_FOUND', 'the prekey was used by another handshake');
    }
    const handshake = `${kyberPreKeyId}/${signedPreKeyId}/${bytesToHex(baseKey)}`;
    if (kyber.lastResort && this.#answered.has(handshake)) {
      throw new ProtocolError('REPLAYED_PREKEY_MESSAGE', 'the handshake was answered before');
    }
    if (preKeyId !== undefined) this.preKeys.delete(preKeyId);
    if (kyber.lastResort) this.#answered.add(handshake);
    else this.kyberPreKeys.delete(kyberPreKeyId);
  }
}
