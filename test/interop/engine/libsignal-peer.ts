import {
  CiphertextMessageType,
  KEMKeyPair,
  KEMPublicKey,
  KyberPreKeyRecord,
  ProtocolAddress as LibsignalAddress,
  PreKeyBundle as LibsignalBundle,
  PreKeyRecord,
  PreKeySignalMessage,
  PrivateKey,
  PublicKey,
  processPreKeyBundle,
  SignalMessage,
  SignedPreKeyRecord,
  signalDecrypt,
  signalDecryptPreKey,
  signalEncrypt,
} from '@signalapp/libsignal-client';
import type { EncryptedMessage, PreKeyBundle, ProtocolAddress } from '../../../client/signal-protocol/index.ts';
import type { Peer } from '../../unit/signal-protocol/support/peer.ts';
import { Identities, KyberPreKeys, PreKeys, Sessions, SignedPreKeys } from './libsignal-stores.ts';

const REGISTRATION_ID = 4242;

/** A device that runs the official library. */
export class LibsignalPeer implements Peer {
  readonly address: ProtocolAddress;
  readonly sessions = new Sessions();
  readonly #identity = PrivateKey.generate();
  readonly #identities = new Identities(this.#identity, REGISTRATION_ID);
  readonly #preKeys = new PreKeys();
  readonly #signedPreKeys = new SignedPreKeys();
  readonly #kyberPreKeys = new KyberPreKeys();
  #nextId = 2;

  constructor(address: ProtocolAddress) {
    this.address = address;
  }

  async bundle({ oneTime }: { readonly oneTime: boolean }): Promise<PreKeyBundle> {
    const id = this.#nextId++;
    const signed = PrivateKey.generate();
    const signedPreKey = this.#sign(id, signed.getPublicKey().serialize());
    const kem = KEMKeyPair.generate();
    const kyberPreKey = this.#sign(id, kem.getPublicKey().serialize());
    const { signature } = signedPreKey;
    const signedRecord = SignedPreKeyRecord.new(id, 0, signed.getPublicKey(), signed, signature);
    await this.#signedPreKeys.saveSignedPreKey(id, signedRecord);
    await this.#kyberPreKeys.saveKyberPreKey(id, KyberPreKeyRecord.new(id, 0, kem, kyberPreKey.signature));
    const preKey = PrivateKey.generate();
    await this.#preKeys.savePreKey(id, PreKeyRecord.new(id, preKey.getPublicKey(), preKey));
    return {
      registrationId: REGISTRATION_ID,
      identityKey: this.#identity.getPublicKey().serialize(),
      signedPreKey,
      kyberPreKey,
      preKey: oneTime ? { id, publicKey: preKey.getPublicKey().serialize() } : undefined,
    };
  }

  async trust(address: ProtocolAddress, { identityKey }: PreKeyBundle): Promise<void> {
    this.#identities.trust(native(address), identityKey);
  }

  async start(address: ProtocolAddress, bundle: PreKeyBundle): Promise<void> {
    const { preKey, signedPreKey, kyberPreKey } = bundle;
    const converted = LibsignalBundle.new(
      bundle.registrationId,
      address.deviceId,
      preKey?.id ?? null,
      preKey ? PublicKey.deserialize(owned(preKey.publicKey)) : null,
      signedPreKey.id,
      PublicKey.deserialize(owned(signedPreKey.publicKey)),
      owned(signedPreKey.signature),
      PublicKey.deserialize(owned(bundle.identityKey)),
      kyberPreKey.id,
      KEMPublicKey.deserialize(owned(kyberPreKey.publicKey)),
      owned(kyberPreKey.signature),
    );
    await processPreKeyBundle(converted, native(address), native(this.address), this.sessions, this.#identities);
  }

  async encrypt(address: ProtocolAddress, plaintext: Uint8Array): Promise<EncryptedMessage> {
    const [to, from] = [native(address), native(this.address)];
    const message = await signalEncrypt(owned(plaintext), to, from, this.sessions, this.#identities);
    const type = message.type() === CiphertextMessageType.PreKey ? 'prekey' : 'message';
    return { type, bytes: message.serialize() };
  }

  decrypt(address: ProtocolAddress, { type, bytes }: EncryptedMessage): Promise<Uint8Array> {
    const [from, to] = [native(address), native(this.address)];
    if (type === 'message') {
      const message = SignalMessage.deserialize(owned(bytes));
      return signalDecrypt(message, from, to, this.sessions, this.#identities);
    }
    return signalDecryptPreKey(
      PreKeySignalMessage.deserialize(owned(bytes)),
      from,
      to,
      this.sessions,
      this.#identities,
      this.#preKeys,
      this.#signedPreKeys,
      this.#kyberPreKeys,
    );
  }

  async hasSession(address: ProtocolAddress): Promise<boolean> {
    const record = await this.sessions.getSession(native(address));
    return record?.hasCurrentState() ?? false;
  }

  async archive(address: ProtocolAddress): Promise<void> {
    const record = await this.sessions.getSession(native(address));
    if (!record) return;
    record.archiveCurrentState();
    await this.sessions.saveSession(native(address), record);
  }

  /** The stores keep serialised records only. */
  async restart(): Promise<void> {}

  #sign(id: number, publicKey: Uint8Array<ArrayBuffer>) {
    return { id, publicKey, signature: this.#identity.sign(publicKey) };
  }
}

function native({ serviceId, deviceId }: ProtocolAddress): LibsignalAddress {
  return LibsignalAddress.new(serviceId, deviceId);
}

function owned(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(bytes);
}
