// libsignal 0.90: version 4 with the post-quantum ratchet, but its messages are not bound to addresses.

import {
  IdentityKeyStore,
  KEMPublicKey,
  ProtocolAddress as LibsignalAddress,
  PreKeyBundle as LibsignalBundle,
  PrivateKey,
  PublicKey,
  processPreKeyBundle,
  SessionRecord,
  SessionStore,
  signalEncrypt,
} from 'libsignal-0.90';
import type { EncryptedMessage, PreKeyBundle, ProtocolAddress } from '../../../client/signal-protocol/index.ts';

const REGISTRATION_ID = 90;

class Sessions extends SessionStore {
  #record: Uint8Array<ArrayBuffer> | undefined;

  async saveSession(_name: LibsignalAddress, record: SessionRecord): Promise<void> {
    this.#record = record.serialize();
  }

  async getSession(): Promise<SessionRecord | null> {
    return this.#record ? SessionRecord.deserialize(this.#record) : null;
  }

  async getExistingSessions(): Promise<SessionRecord[]> {
    return [];
  }
}

class TrustingIdentities extends IdentityKeyStore {
  readonly key = PrivateKey.generate();

  async getIdentityKey(): Promise<PrivateKey> {
    return this.key;
  }

  async getLocalRegistrationId(): Promise<number> {
    return REGISTRATION_ID;
  }

  async saveIdentity(): Promise<number> {
    return 0;
  }

  async isTrustedIdentity(): Promise<boolean> {
    return true;
  }

  async getIdentity(): Promise<PublicKey | null> {
    return null;
  }
}

/** The identity of a new device of that version, and its first message to `address`. */
export async function firstMessage090(
  address: ProtocolAddress,
  bundle: PreKeyBundle,
): Promise<{ identityKey: Uint8Array; registrationId: number; message: EncryptedMessage }> {
  const [sessions, identities] = [new Sessions(), new TrustingIdentities()];
  const to = LibsignalAddress.new(address.serviceId, address.deviceId);
  const converted = LibsignalBundle.new(
    bundle.registrationId,
    address.deviceId,
    null,
    null,
    bundle.signedPreKey.id,
    PublicKey.deserialize(bytes(bundle.signedPreKey.publicKey)),
    bytes(bundle.signedPreKey.signature),
    PublicKey.deserialize(bytes(bundle.identityKey)),
    bundle.kyberPreKey.id,
    KEMPublicKey.deserialize(bytes(bundle.kyberPreKey.publicKey)),
    bytes(bundle.kyberPreKey.signature),
  );
  await processPreKeyBundle(converted, to, sessions, identities);
  const message = await signalEncrypt(bytes(new Uint8Array(10)), to, sessions, identities);
  return {
    identityKey: identities.key.getPublicKey().serialize(),
    registrationId: REGISTRATION_ID,
    message: { type: 'prekey', bytes: message.serialize() },
  };
}

function bytes(value: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(value);
}
