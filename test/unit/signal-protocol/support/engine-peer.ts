import { addressKey } from '../../../../client/signal-protocol/address.ts';
import {
  type CryptoProvider,
  type EncryptedMessage,
  generateIdentityKeyPair,
  generateKyberPreKeys,
  generatePreKeys,
  generateRegistrationId,
  generateSignedPreKey,
  type LocalIdentity,
  MemoryStore,
  type PreKeyBundle,
  type ProtocolAddress,
  SignalProtocol,
} from '../../../../client/signal-protocol/index.ts';
import { decodeRecord } from '../../../../client/signal-protocol/session/record.ts';
import type { SessionState } from '../../../../client/signal-protocol/session/state.ts';
import type { Peer } from './peer.ts';

const LAST_RESORT_ID = 1;

/** A device that runs this project's engine. */
export class EnginePeer implements Peer {
  readonly address: ProtocolAddress;
  readonly identity: LocalIdentity;
  readonly store: MemoryStore;
  readonly provider: CryptoProvider;
  readonly clock: { now: number };
  #protocol: SignalProtocol;
  #nextId = 2;

  private constructor(address: ProtocolAddress, identity: LocalIdentity, provider: CryptoProvider) {
    this.address = address;
    this.identity = identity;
    this.provider = provider;
    this.store = new MemoryStore(identity);
    this.clock = { now: 1_800_000_000_000 };
    this.#protocol = this.#open();
  }

  static async create(address: ProtocolAddress, provider: CryptoProvider): Promise<EnginePeer> {
    const identity = { keyPair: await generateIdentityKeyPair(provider), registrationId: generateRegistrationId() };
    const peer = new EnginePeer(address, identity, provider);
    const signed = await generateSignedPreKey(provider, identity.keyPair, 1, peer.clock.now);
    const options = { lastResort: true, now: peer.clock.now };
    const lastResort = generateKyberPreKeys(identity.keyPair, LAST_RESORT_ID, 1, options);
    peer.store.signedPreKeys.set(signed.id, signed);
    for (const record of lastResort) peer.store.kyberPreKeys.set(record.id, record);
    return peer;
  }

  async bundle({ oneTime }: { readonly oneTime: boolean }): Promise<PreKeyBundle> {
    const signedPreKey = present(this.store.signedPreKeys.get(1));
    const { registrationId, keyPair } = this.identity;
    const common = { registrationId, identityKey: keyPair.publicKey, signedPreKey };
    if (!oneTime)
      return { ...common, kyberPreKey: present(this.store.kyberPreKeys.get(LAST_RESORT_ID)), preKey: undefined };
    const id = this.#nextId++;
    const preKey = present((await generatePreKeys(this.provider, id, 1))[0]);
    const options = { lastResort: false, now: this.clock.now };
    const kyberPreKey = present(generateKyberPreKeys(keyPair, id, 1, options)[0]);
    this.store.preKeys.set(id, preKey);
    this.store.kyberPreKeys.set(id, kyberPreKey);
    return { ...common, kyberPreKey, preKey };
  }

  async trust(address: ProtocolAddress, { identityKey, registrationId }: PreKeyBundle): Promise<void> {
    this.store.trust(address, { identityKey, registrationId });
  }

  start(address: ProtocolAddress, bundle: PreKeyBundle): Promise<void> {
    return this.#protocol.startSession(address, bundle);
  }

  encrypt(address: ProtocolAddress, plaintext: Uint8Array): Promise<EncryptedMessage> {
    return this.#protocol.encrypt(address, plaintext);
  }

  decrypt(address: ProtocolAddress, message: EncryptedMessage): Promise<Uint8Array> {
    return this.#protocol.decrypt(address, message);
  }

  hasSession(address: ProtocolAddress): Promise<boolean> {
    return this.#protocol.hasSession(address);
  }

  archive(address: ProtocolAddress): Promise<void> {
    return this.#protocol.archiveSession(address);
  }

  /** The records are serialised in the store already; copies show that nothing depends on the arrays themselves. */
  async restart(): Promise<void> {
    for (const [key, bytes] of this.store.sessions) this.store.sessions.set(key, Uint8Array.from(bytes));
    this.#protocol = this.#open();
  }

  /** The stored session that is sent in. */
  session(address: ProtocolAddress): SessionState {
    return present(decodeRecord(this.store.sessions.get(addressKey(address))).current);
  }

  /** The epoch of the post-quantum ratchet that is being negotiated. */
  epoch(address: ProtocolAddress): number {
    return this.session(address).spqr.braid.epoch;
  }

  #open(): SignalProtocol {
    const { store, address, provider, clock } = this;
    return new SignalProtocol({ store, localAddress: address, provider, now: () => clock.now });
  }
}

export function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the test expected a value');
  return value;
}
