// The KEM of PQXDH: CRYSTALS-Kyber-1024 as of round 3, which differs from ML-KEM-1024 (FIPS 203) in two hashes.

import { sha3_256, shake256 } from '@noble/hashes/sha3.js';
import { concatBytes, randomBytes } from '@noble/hashes/utils.js';
import { ml_kem1024 } from '@noble/post-quantum/ml-kem.js';
import { ProtocolError } from '../errors.ts';
import { wipe } from './bytes.ts';
import type { CryptoProvider, Encapsulated } from './provider.ts';

/** EncodeKEM of PQXDH section 2: the type byte that marks a Kyber-1024 public key and ciphertext. */
export const KYBER1024_TYPE = 0x08;
export const KEM_PUBLIC_KEY_BYTES = 1569;
export const KEM_CIPHERTEXT_BYTES = 1569;

/** 08 || public key (1,569 bytes), and the 64-byte seed (d || z) that stands for the private key. */
export interface KemKeyPair {
  readonly publicKey: Uint8Array;
  readonly privateKey: Uint8Array;
}

export function generateKemKeyPair(): KemKeyPair {
  const seed = randomBytes(64);
  const { publicKey, secretKey } = ml_kem1024.keygen(seed);
  wipe(secretKey);
  return { publicKey: withType(publicKey), privateKey: seed };
}

/**
 * PQKEM-ENC of PQXDH section 2. Round 3 also hashes the sender's randomness before use; the platform's generator is
 * relied on instead, and no receiver can tell.
 *
 * @param publicKey 08 || public key
 * @returns 08 || ciphertext, and the 32-byte shared secret
 * @throws ProtocolError INVALID_KEY for another type or length, or coefficients that are not reduced
 */
export async function kemEncapsulate(provider: CryptoProvider, publicKey: Uint8Array): Promise<Encapsulated> {
  if (publicKey.length !== KEM_PUBLIC_KEY_BYTES || publicKey[0] !== KYBER1024_TYPE) throw badKey();
  const { ciphertext, sharedSecret } = await encapsulate(provider, publicKey.subarray(1));
  return { ciphertext: withType(ciphertext), sharedSecret: roundThreeSecret(sharedSecret, ciphertext) };
}

/**
 * PQKEM-DEC of PQXDH section 2. A ciphertext made for another key gives an unrelated secret, not an error (implicit
 * rejection); the message's MAC then fails.
 *
 * @throws ProtocolError INVALID_MESSAGE for another type or length
 */
export async function kemDecapsulate(
  provider: CryptoProvider,
  privateKey: Uint8Array,
  ciphertext: Uint8Array,
): Promise<Uint8Array> {
  if (ciphertext.length !== KEM_CIPHERTEXT_BYTES || ciphertext[0] !== KYBER1024_TYPE) {
    throw new ProtocolError('INVALID_MESSAGE', 'not a Kyber-1024 ciphertext');
  }
  const body = ciphertext.subarray(1);
  return roundThreeSecret(await provider.mlKemDecapsulate(1024, privateKey, body), body);
}

/** Round 3 derives the secret from the pre-key that FIPS 203 returns as it is: KDF(K || H(c)). */
function roundThreeSecret(mlKemSecret: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  const secret = shake256(concatBytes(mlKemSecret, sha3_256(ciphertext)), { dkLen: 32 });
  wipe(mlKemSecret);
  return secret;
}

async function encapsulate(provider: CryptoProvider, publicKey: Uint8Array): Promise<Encapsulated> {
  try {
    return await provider.mlKemEncapsulate(1024, publicKey);
  } catch {
    throw badKey();
  }
}

function withType(body: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(KYBER1024_TYPE), body);
}

function badKey(): ProtocolError {
  return new ProtocolError('INVALID_KEY', 'not a valid serialised Kyber-1024 public key');
}
