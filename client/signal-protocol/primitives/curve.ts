// Curve25519 keys as the protocol uses them: EncodeEC and DH of PQXDH section 2, with the checks of RFC 7748 section 6.1.

import { ProtocolError } from '../errors.ts';
import { equalBytes, wipe } from './bytes.ts';
import type { CryptoProvider, KeyPair } from './provider.ts';

/** EncodeEC: the type byte that marks a Curve25519 public key on the wire. */
export const CURVE25519_TYPE = 0x05;
export const EC_PUBLIC_KEY_BYTES = 33;

const ZERO = new Uint8Array(32);

/**
 * DH(private, public).
 *
 * @throws ProtocolError INVALID_KEY for a public key that is not canonical or of low order: either would let a peer force a
 * secret that does not depend on our private key
 */
export async function diffieHellman(
  provider: CryptoProvider,
  privateKey: Uint8Array,
  publicKey: Uint8Array,
): Promise<Uint8Array> {
  requireCanonical(publicKey);
  const secret = await attempt(provider, privateKey, publicKey);
  if (equalBytes(secret, ZERO)) throw lowOrder();
  return secret;
}

/** EncodeEC: 05 || u, 33 bytes. */
export function encodePublicKey(publicKey: Uint8Array): Uint8Array {
  const out = new Uint8Array(EC_PUBLIC_KEY_BYTES);
  out[0] = CURVE25519_TYPE;
  out.set(publicKey, 1);
  return out;
}

/**
 * DecodeEC: the 32-byte u-coordinate of a serialised public key.
 *
 * @throws ProtocolError INVALID_KEY for another type, length, or an unreduced coordinate
 */
export function decodePublicKey(serialized: Uint8Array): Uint8Array {
  if (serialized.length !== EC_PUBLIC_KEY_BYTES || serialized[0] !== CURVE25519_TYPE) {
    throw new ProtocolError('INVALID_KEY', 'not a serialised Curve25519 public key');
  }
  const publicKey = serialized.subarray(1);
  requireCanonical(publicKey);
  return publicKey;
}

/** RFC 7748 tells implementations to reduce u >= 2^255 - 19; two encodings of one key are refused here instead. */
function requireCanonical(publicKey: Uint8Array): void {
  if (publicKey.length !== 32) throw new ProtocolError('INVALID_KEY', 'a Curve25519 public key is 32 bytes');
  const top = publicKey[31] ?? 0;
  const allOnes = top === 0x7f && publicKey.subarray(1, 31).every((byte) => byte === 0xff);
  const unreduced = top > 0x7f || (allOnes && (publicKey[0] ?? 0) >= 0xed);
  if (unreduced) throw new ProtocolError('INVALID_KEY', 'the public key is not in canonical form');
}

async function attempt(provider: CryptoProvider, privateKey: Uint8Array, publicKey: Uint8Array): Promise<Uint8Array> {
  try {
    return await provider.x25519(privateKey, publicKey);
  } catch {
    throw lowOrder();
  }
}

function lowOrder(): ProtocolError {
  return new ProtocolError('INVALID_KEY', 'the public key is of low order');
}

/** Forgets the private half of a key pair that has served. */
export function wipeKeyPair(pair: KeyPair): void {
  wipe(pair.privateKey);
}
