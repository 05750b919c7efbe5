// The KEM of PQXDH: CRYSTALS-Kyber-1024 as of round 3, which differs from ML-KEM-1024 (FIPS 203) in two hashes.

import { sha3_256, shake256 } from '@noble/hashes/sha3.js';
import { concatBytes, randomBytes } from '@noble/hashes/utils.js';
import { ml_kem1024 } from '@noble/post-quantum/ml-kem.js';
import { ProtocolError } from '../errors.ts';
import { wipe } from './bytes.ts';

/** EncodeKEM of PQXDH section 2: the type byte that marks a Kyber-1024 public key and ciphertext. */
export const KYBER1024_TYPE = 0x08;
export const KEM_PUBLIC_KEY_BYTES = 1569;
export const KEM_CIPHERTEXT_BYTES = 1569;

/** 08 || public key (1,569 bytes), and the 3,168-byte private key without a prefix. */
export interface KemKeyPair {
  readonly publicKey: Uint8Array;
  readonly privateKey: Uint8Array;
}

export function generateKemKeyPair(): KemKeyPair {
  const { publicKey, secretKey } = ml_kem1024.keygen();
  return { publicKey: withType(publicKey), privateKey: secretKey };
}

/**
 * PQKEM-ENC of PQXDH section 2.
 *
 * @param publicKey 08 || public key
 * @returns 08 || ciphertext, and the 32-byte shared secret
 * @throws ProtocolError INVALID_KEY for another type or length, or coefficients that are not reduced
 */
export function kemEncapsulate(publicKey: Uint8Array): { ciphertext: Uint8Array; sharedSecret: Uint8Array } {
  if (publicKey.length !== KEM_PUBLIC_KEY_BYTES || publicKey[0] !== KYBER1024_TYPE) throw badKey();
  // Round 3 hashes the encapsulator's randomness before use, so that no system generator's output is ever sent.
  const seed = randomBytes(32);
  const message = sha3_256(seed);
  try {
    const { cipherText, sharedSecret } = ml_kem1024.encapsulate(publicKey.subarray(1), message);
    return { ciphertext: withType(cipherText), sharedSecret: roundThreeSecret(sharedSecret, cipherText) };
  } catch {
    throw badKey();
  } finally {
    wipe(seed, message);
  }
}

/**
 * PQKEM-DEC of PQXDH section 2. A ciphertext made for another key gives an unrelated secret, not an error (implicit
 * rejection); the message's MAC then fails.
 *
 * @throws ProtocolError INVALID_MESSAGE for another type or length
 */
export function kemDecapsulate(privateKey: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  if (ciphertext.length !== KEM_CIPHERTEXT_BYTES || ciphertext[0] !== KYBER1024_TYPE) {
    throw new ProtocolError('INVALID_MESSAGE', 'not a Kyber-1024 ciphertext');
  }
  const body = ciphertext.subarray(1);
  return roundThreeSecret(ml_kem1024.decapsulate(body, privateKey), body);
}

/** Round 3 derives the secret from the pre-key that FIPS 203 returns as it is: KDF(K || H(c)). */
function roundThreeSecret(mlKemSecret: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  const secret = shake256(concatBytes(mlKemSecret, sha3_256(ciphertext)), { dkLen: 32 });
  wipe(mlKemSecret);
  return secret;
}

function withType(body: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(KYBER1024_TYPE), body);
}

function badKey(): ProtocolError {
  return new ProtocolError('INVALID_KEY', 'not a valid serialised Kyber-1024 public key');
}
