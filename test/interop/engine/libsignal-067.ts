// libsignal 0.67: message version 4 without the post-quantum ratchet, or version 3 when the bundle has no KEM key.

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
} from 'libsignal-0.67';
import type { EncryptedMessage, PreKeyBundle, ProtocolAddress } from '../../../client/signal-protocol/index.ts';

const REGISTRATION_ID = 67;

class Sessions extends SessionStore {
  #record: Buffer | undefined;

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

  async saveIdentity(): Promise<boolean> {
    return false;
  }

  async isTrustedIdentity(): Promise<boolean> {
    return true;
  }

  async getIdentity(): Promise<PublicKey | null> {
    return null;
  }
}

/** The identity of a new device of that version, and its first message to `address`. */
export async function firstMessage067(
  address: ProtocolAddress,
  bundle: PreKeyBundle,
  withKem: boolean,
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
    withKem ? bundle.kyberPreKey.id : null,
    withKem ? KEMPublicKey.deserialize(bytes(bundle.kyberPreKey.publicKey)) : null,
    withKem ? bytes(bundle.kyberPreKey.signature) : null,
  );
  await processPreKeyBundle(converted, to, sessions, identities);
  const message = await signalEncrypt(bytes(new Uint8Array(10)), to, sessions, identities);
  return {
    identityKey: identities.key.getPublicKey().serialize(),
    registrationId: REGISTRATION_ID,
    message: { type: 'prekey', bytes: message.serialize() },
  };
}

function bytes(value: Uint8Array): Buffer {
  return Buffer.from(value);
}
