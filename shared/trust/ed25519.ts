import { ed25519 } from '@noble/curves/ed25519.js';

const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;

/**
 * Ed25519 as RFC 8032 has it, strict: canonical points and scalars, no key of small order, so that everybody judges a signature
 * alike. False, never an exception, for wrong lengths.
 */
export function ed25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== KEY_BYTES || signature.length !== SIGNATURE_BYTES) return false;
  return ed25519.verify(signature, message, publicKey, { zip215: false });
}

/** @param secretKey 32-byte seed of RFC 8032. @throws when it has another length */
export function ed25519Sign(secretKey: Uint8Array, message: Uint8Array): Uint8Array {
  return ed25519.sign(message, secretKey);
}

/** The public key of a 32-byte seed. @throws when it has another length */
export function ed25519PublicKey(secretKey: Uint8Array): Uint8Array {
  return ed25519.getPublicKey(secretKey);
}
