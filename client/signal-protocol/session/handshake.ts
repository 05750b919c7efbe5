// Starting a session from a prekey bundle, and from a received initial message (PQXDH sections 3.3 and 3.4).

import { spqrInitialize } from '../braid/spqr.ts';
import { ProtocolError } from '../errors.ts';
import { agreeAsInitiator, agreeAsResponder } from '../pqxdh/pqxdh.ts';
import type { KyberPreKeyRecord, PreKeyBundle, PreKeyRecord, SignedPreKeyRecord } from '../prekeys.ts';
import { decodePublicKey, wipeKeyPair } from '../primitives/curve.ts';
import type { CryptoProvider, KeyPair } from '../primitives/provider.ts';
import { initializeAsInitiator, initializeAsResponder } from '../ratchet/double-ratchet.ts';
import type { LocalIdentity } from '../store.ts';
import type { PreKeyMessage } from '../wire/prekey-message.ts';
import type { SessionState } from './state.ts';

/** The private halves that a received initial message calls for. */
export interface ResponderPreKeys {
  readonly preKey: PreKeyRecord | undefined;
  readonly signedPreKey: SignedPreKeyRecord;
  readonly kyberPreKey: KyberPreKeyRecord;
}

/**
 * A new session as initiator. The identity in the bundle has been found trustworthy.
 *
 * @throws ProtocolError INVALID_SIGNATURE or INVALID_KEY
 */
export async function startFromBundle(
  provider: CryptoProvider,
  local: LocalIdentity,
  bundle: PreKeyBundle,
  now: number,
): Promise<SessionState> {
  const identityKey = ownCopy(decodePublicKey(bundle.identityKey));
  await requireSignatures(provider, identityKey, bundle);
  const signedPreKey = ownCopy(decodePublicKey(bundle.signedPreKey.publicKey));
  const own = identityOf(local);
  const ephemeral = await provider.generateKeyPair();
  const { kyberCiphertext, ...secrets } = await agreeAsInitiator(provider, own, ephemeral, {
    identityKey,
    signedPreKey,
    oneTimePreKey: bundle.preKey && decodePublicKey(bundle.preKey.publicKey),
    kyberPreKey: bundle.kyberPreKey.publicKey,
  });
  // EKa is deleted at once (section 3.3); only its public half identifies the session from here on.
  wipeKeyPair(ephemeral);
  return {
    localIdentityKey: own.publicKey,
    remoteIdentityKey: identityKey,
    localRegistrationId: local.registrationId,
    remoteRegistrationId: bundle.registrationId,
    baseKey: ephemeral.publicKey,
    pending: {
      preKeyId: bundle.preKey?.id,
      signedPreKeyId: bundle.signedPreKey.id,
      kyberPreKeyId: bundle.kyberPreKey.id,
      kyberCiphertext,
      startedAt: now,
    },
    ratchet: await initializeAsInitiator(provider, secrets, signedPreKey),
    spqr: spqrInitialize(true, secrets.pqRatchetKey),
  };
}

/**
 * A new session as responder. The caller has checked the identity, and keeps the session only if the message inside
 * authenticates in it.
 *
 * @throws ProtocolError INVALID_KEY or INVALID_MESSAGE
 */
export async function startFromMessage(
  provider: CryptoProvider,
  local: LocalIdentity,
  message: PreKeyMessage,
  preKeys: ResponderPreKeys,
): Promise<SessionState> {
  const own = identityOf(local);
  const signedPreKey = keyPairOf(preKeys.signedPreKey);
  const secrets = await agreeAsResponder(
    provider,
    {
      identity: own,
      signedPreKey,
      oneTimePreKey: preKeys.preKey && keyPairOf(preKeys.preKey),
      kyberPrivateKey: preKeys.kyberPreKey.privateKey,
    },
    message,
    message.kyberCiphertext,
  );
  return {
    localIdentityKey: own.publicKey,
    remoteIdentityKey: ownCopy(message.identityKey),
    localRegistrationId: local.registrationId,
    remoteRegistrationId: message.registrationId,
    baseKey: ownCopy(message.baseKey),
    pending: undefined,
    ratchet: initializeAsResponder(secrets, signedPreKey),
    spqr: spqrInitialize(false, secrets.pqRatchetKey),
  };
}

/** Section 3.3: a bundle with a bad signature is not used at all. */
async function requireSignatures(
  provider: CryptoProvider,
  identityKey: Uint8Array,
  bundle: PreKeyBundle,
): Promise<void> {
  for (const { publicKey, signature } of [bundle.signedPreKey, bundle.kyberPreKey]) {
    if (!(await provider.xeddsaVerify(identityKey, publicKey, signature))) {
      throw new ProtocolError('INVALID_SIGNATURE', 'a prekey is not signed by the identity key');
    }
  }
}

function identityOf(local: LocalIdentity): KeyPair {
  return keyPairOf(local.keyPair);
}

function keyPairOf(record: { readonly publicKey: Uint8Array; readonly privateKey: Uint8Array }): KeyPair {
  return { publicKey: decodePublicKey(record.publicKey), privateKey: record.privateKey };
}

/** Sessions outlive the buffers that messages and bundles were read from, which are the caller's to use again. */
function ownCopy(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes);
}
