import type { ProtocolAddress } from './address.ts';
import type { IdentityKeyPair, KyberPreKeyRecord, PreKeyRecord, SignedPreKeyRecord } from './prekeys.ts';

/** The device's own long-term keys. They never change for as long as any session exists. */
export interface LocalIdentity {
  readonly keyPair: IdentityKeyPair;
  /** 1 to 16380; drawn anew when a device is set up again, so that peers notice. */
  readonly registrationId: number;
}

/** Who a peer says it is: 33-byte serialised identity key, and the registration its messages name. */
export interface RemoteIdentity {
  readonly identityKey: Uint8Array;
  readonly registrationId: number;
}

/** The prekeys that one received handshake has used, and the base key (EKa, 33 bytes) it used them with. */
export interface UsedPreKeys {
  readonly preKeyId: number | undefined;
  readonly signedPreKeyId: number;
  readonly kyberPreKeyId: number;
  readonly baseKey: Uint8Array;
}

/** Everything that one operation changes. */
export interface StoreChange {
  readonly address: ProtocolAddress;
  /** What {@link ProtocolStore.loadSession} answered before the operation. */
  readonly previous: Uint8Array | undefined;
  readonly session: Uint8Array;
  readonly usedPreKeys?: UsedPreKeys;
}

/**
 * Where the engine keeps its state. The comments are obligations: the protocol's guarantees hold only if the store keeps
 * them. Byte arrays handed out or taken in are never changed afterwards, by either side.
 */
export interface ProtocolStore {
  loadLocalIdentity(): Promise<LocalIdentity>;

  /** The opaque session record last committed for the address. */
  loadSession(address: ProtocolAddress): Promise<Uint8Array | undefined>;

  loadPreKey(id: number): Promise<PreKeyRecord | undefined>;
  loadSignedPreKey(id: number): Promise<SignedPreKeyRecord | undefined>;
  loadKyberPreKey(id: number): Promise<KyberPreKeyRecord | undefined>;

  /**
   * The application's trust decision, the only one there is. Called before a session starts and before every message is
   * encrypted ('send'), before a received handshake is answered, and before the plaintext of any message is handed out
   * ('receive'). It must not remember the key it is asked about: nothing may have been authenticated at that moment.
   */
  isTrustedIdentity(
    address: ProtocolAddress,
    identity: RemoteIdentity,
    direction: 'send' | 'receive',
  ): Promise<boolean>;

  /**
   * Writes the change, all of it or nothing; resolves only when it would survive a crash. A ciphertext leaves the engine,
   * and a plaintext is handed out, only after that.
   *
   * Refuses with ProtocolError, having written nothing:
   * - CONCURRENT_CHANGE if the stored session is no longer `previous`, byte for byte. Two writers on one state (two browser
   *   tabs) would encrypt two messages with one key.
   * - PREKEY_NOT_FOUND if `usedPreKeys` names a one-time prekey that is gone.
   * - REPLAYED_PREKEY_MESSAGE if the KEM prekey is a last-resort key, and its id, the signed prekey's id and the base key
   *   have been committed together before.
   *
   * With `usedPreKeys`, the one-time prekeys (Curve25519, and the KEM's unless it is a last-resort key) are deleted, and
   * for a last-resort key the three values are remembered for as long as both of those prekeys exist.
   */
  commit(change: StoreChange): Promise<void>;
}
