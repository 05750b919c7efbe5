// PQXDH revision 3: the key agreement that starts a session. Section names in the comments are the specification's.

import { concatBytes } from '@noble/hashes/utils.js';
import { wipe } from '../primitives/bytes.ts';
import { diffieHellman } from '../primitives/curve.ts';
import { hkdfSha256, label } from '../primitives/kdf.ts';
import { kemDecapsulate, kemEncapsulate } from '../primitives/kyber1024.ts';
import type { CryptoProvider, KeyPair } from '../primitives/provider.ts';

/** SK of section 3.3, expanded: the ratchet's first root and chain key, and the post-quantum ratchet's first secret. */
export interface SharedSecrets {
  readonly rootKey: Uint8Array;
  readonly chainKey: Uint8Array;
  readonly pqRatchetKey: Uint8Array;
}

/** The 32-byte u-coordinates of a prekey bundle; the one-time prekey may have run out. */
export interface ResponderPublicKeys {
  readonly identityKey: Uint8Array;
  readonly signedPreKey: Uint8Array;
  readonly oneTimePreKey: Uint8Array | undefined;
  /** 08 || public key */
  readonly kyberPreKey: Uint8Array;
}

export interface ResponderKeys {
  readonly identity: KeyPair;
  readonly signedPreKey: KeyPair;
  readonly oneTimePreKey: KeyPair | undefined;
  /** 64-byte seed */
  readonly kyberPrivateKey: Uint8Array;
}

const INFO = label('WhisperText_X25519_SHA-256_CRYSTALS-KYBER-1024');

/** F of section 2.2: 32 bytes FF, which no encoded private or public key can be. */
const F = new Uint8Array(32).fill(0xff);

/**
 * Section 3.3, sending the initial message. The caller has verified the bundle's signatures.
 *
 * @param ephemeral EKa, used for this one agreement
 * @throws ProtocolError INVALID_KEY for a low-order, non-canonical or malformed public key
 */
export async function agreeAsInitiator(
  provider: CryptoProvider,
  identity: KeyPair,
  ephemeral: KeyPair,
  responder: ResponderPublicKeys,
): Promise<SharedSecrets & { kyberCiphertext: Uint8Array }> {
  const dh = (own: KeyPair, theirs: Uint8Array) => diffieHellman(provider, own.privateKey, theirs);
  const secrets = [
    await dh(identity, responder.signedPreKey),
    await dh(ephemeral, responder.identityKey),
    await dh(ephemeral, responder.signedPreKey),
  ];
  if (responder.oneTimePreKey) secrets.push(await dh(ephemeral, responder.oneTimePreKey));
  const { ciphertext, sharedSecret } = await kemEncapsulate(provider, responder.kyberPreKey);
  return { ...deriveSecrets([...secrets, sharedSecret]), kyberCiphertext: ciphertext };
}

/**
 * Section 3.4, receiving the initial message.
 *
 * @param initiator IKa and EKa of the message, 32-byte u-coordinates
 * @throws ProtocolError INVALID_KEY for a low-order or non-canonical public key, INVALID_MESSAGE for a malformed ciphertext
 */
export async function agreeAsResponder(
  provider: CryptoProvider,
  own: ResponderKeys,
  initiator: { identityKey: Uint8Array; baseKey: Uint8Array },
  kyberCiphertext: Uint8Array,
): Promise<SharedSecrets> {
  const dh = (mine: KeyPair, theirs: Uint8Array) => diffieHellman(provider, mine.privateKey, theirs);
  const secrets = [
    await dh(own.signedPreKey, initiator.identityKey),
    await dh(own.identity, initiator.baseKey),
    await dh(own.signedPreKey, initiator.baseKey),
  ];
  if (own.oneTimePreKey) secrets.push(await dh(own.oneTimePreKey, initiator.baseKey));
  secrets.push(await kemDecapsulate(provider, own.kyberPrivateKey, kyberCiphertext));
  return deriveSecrets(secrets);
}

/** KDF of section 2.2 over F || DH1 || DH2 || DH3 [|| DH4] || SS. */
function deriveSecrets(secrets: readonly Uint8Array[]): SharedSecrets {
  const inputKeyMaterial = concatBytes(F, ...secrets);
  const [rootKey, chainKey, pqRatchetKey] = hkdfSha256(undefined, inputKeyMaterial, INFO, [32, 32, 32]);
  wipe(inputKeyMaterial, ...secrets);
  return { rootKey, chainKey, pqRatchetKey };
}
