// XEdDSA (revision 1): Ed25519-shaped signatures made and checked with X25519 keys, so that one identity key serves both
// Diffie-Hellman and signing. Prekey signatures and device consents are judged with this file by server and client alike.

import { ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { concatBytes } from '@noble/hashes/utils.js';

const { Point } = ed25519;
const { Fp, Fn } = Point;

const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
const SIGN_BIT = 0x80;

/** The u-coordinates of the points of order 1, 2, 4 and 8 on the curve and its twist: nobody's public key. */
const SMALL_ORDER = new Set([
  0n,
  1n,
  Fp.ORDER - 1n,
  0xb8495f16056286fdb1329ceb8d09da6ac49ff1fae35616aeb8413b7c7aebe0n,
  0x57119fd0dd4e22d8868e1c58c45c44045bef839c55b1d0b1248c50a3bc959c5fn,
]);

/** hash1 of section 2: the prefix 2^256 - 2, little-endian, which no encoded point can start with. */
const HASH1_PREFIX = Uint8Array.of(0xfe, ...new Array<number>(31).fill(0xff));

/** A signature check restated for any plain Ed25519 verifier, with a public key and a signature in RFC 8032 form. */
export interface Ed25519Check {
  readonly publicKey: Uint8Array;
  readonly signature: Uint8Array;
}

/**
 * Checks an XEdDSA signature (XEdDSA section 3, "xeddsa_verify").
 *
 * False, never an exception, for: a key or signature of another length, a u-coordinate that is not reduced or lies on no
 * point or is of small order, a non-canonical R, and s >= q. The sign of the Edwards key is read from bit 7 of the last
 * signature byte: signers that follow the specification leave it 0, libsignal sets it.
 *
 * @param publicKey32 Montgomery u-coordinate, 32 bytes, without any type prefix
 * @param signature R || s, 64 bytes
 */
export function xeddsaVerify(publicKey32: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const check = xeddsaAsEd25519(publicKey32, signature);
  if (!check) return false;
  const encodedR = check.signature.subarray(0, KEY_BYTES);
  const key = decodePoint(check.publicKey);
  if (!key) return false;
  const h = hashToScalar(encodedR, check.publicKey, message);
  const s = Fn.fromBytes(check.signature.subarray(KEY_BYTES));
  const expectedR = Point.BASE.multiplyUnsafe(s).subtract(key.multiplyUnsafe(h));
  return equal(expectedR.toBytes(), encodedR);
}

/**
 * Restates an XEdDSA check as an Ed25519 check, for callers with a faster verifier than {@link xeddsaVerify}: the message
 * is genuine exactly if Ed25519 verification of it holds without the cofactor ("R = sB - hA"). Undefined for keys and
 * signatures that verifiers differ about: unreduced, of small order, not canonical.
 */
export function xeddsaAsEd25519(publicKey32: Uint8Array, signature: Uint8Array): Ed25519Check | undefined {
  if (publicKey32.length !== KEY_BYTES || signature.length !== SIGNATURE_BYTES) return undefined;
  const sign = (signature[SIGNATURE_BYTES - 1] ?? 0) & SIGN_BIT;
  const plain = Uint8Array.from(signature);
  plain[SIGNATURE_BYTES - 1] = (plain[SIGNATURE_BYTES - 1] ?? 0) ^ sign;
  const publicKey = edwardsFromMontgomery(publicKey32, sign);
  if (!publicKey || !isCanonicalPoint(plain.subarray(0, KEY_BYTES))) return undefined;
  return isBelowOrder(plain.subarray(KEY_BYTES)) ? { publicKey, signature: plain } : undefined;
}

/**
 * Signs with an X25519 private key (XEdDSA section 3, "xeddsa_sign"). The sign bit of the signature is always 0.
 *
 * @param privateKey32 X25519 private key, clamped or not
 * @param random64 64 fresh random bytes for every signature; they protect the key, so never reuse or derive them
 * @throws RangeError when a length is wrong
 */
export function xeddsaSign(privateKey32: Uint8Array, message: Uint8Array, random64: Uint8Array): Uint8Array {
  if (privateKey32.length !== KEY_BYTES) throw new RangeError('an X25519 private key is 32 bytes');
  if (random64.length !== SIGNATURE_BYTES) throw new RangeError('XEdDSA needs 64 random bytes');
  const { scalar, publicKey } = calculateKeyPair(privateKey32);
  const r = reduce(sha512(concatBytes(HASH1_PREFIX, Fn.toBytes(scalar), message, random64)));
  const encodedR = Point.BASE.multiply(r).toBytes();
  const h = hashToScalar(encodedR, publicKey, message);
  return concatBytes(encodedR, Fn.toBytes(Fn.add(r, Fn.mul(h, scalar))));
}

/** "calculate_key_pair" (section 2): the Edwards key pair of an X25519 private key, negated if need be to sign bit 0. */
function calculateKeyPair(privateKey32: Uint8Array): { scalar: bigint; publicKey: Uint8Array } {
  const clamped = Uint8Array.from(privateKey32);
  clamped[0] = (clamped[0] ?? 0) & 0xf8;
  clamped[31] = ((clamped[31] ?? 0) & 0x7f) | 0x40;
  const scalar = reduce(clamped);
  clamped.fill(0);
  const publicKey = Point.BASE.multiply(scalar).toBytes();
  const last = publicKey[KEY_BYTES - 1] ?? 0;
  if ((last & SIGN_BIT) === 0) return { scalar, publicKey };
  publicKey[KEY_BYTES - 1] = last ^ SIGN_BIT;
  return { scalar: Fn.neg(scalar), publicKey };
}

/**
 * "convert_mont" (section 2): y = (u - 1) / (u + 1), with the sign bit given; undefined for what no honest key is. Whether the
 * result lies on the curve is for the verification to find out.
 */
function edwardsFromMontgomery(publicKey32: Uint8Array, sign: number): Uint8Array | undefined {
  const u = littleEndian(publicKey32);
  if (u >= Fp.ORDER || SMALL_ORDER.has(u)) return undefined;
  const encoded = Fp.toBytes(Fp.div(Fp.sub(u, 1n), Fp.add(u, 1n)));
  encoded[KEY_BYTES - 1] = (encoded[KEY_BYTES - 1] ?? 0) | sign;
  return encoded;
}

/** The strict decoding refuses "negative zero", which would give one point two encodings, and what is on the twist. */
function decodePoint(encoded: Uint8Array): ReturnType<typeof Point.fromBytes> | undefined {
  try {
    return Point.fromBytes(encoded);
  } catch {
    return undefined;
  }
}

function isCanonicalPoint(encoded: Uint8Array): boolean {
  const y = Uint8Array.from(encoded);
  y[KEY_BYTES - 1] = (y[KEY_BYTES - 1] ?? 0) & ~SIGN_BIT;
  return littleEndian(y) < Fp.ORDER;
}

function isBelowOrder(s: Uint8Array): boolean {
  return littleEndian(s) < Fn.ORDER;
}

function hashToScalar(encodedR: Uint8Array, publicKey: Uint8Array, message: Uint8Array): bigint {
  return reduce(sha512(concatBytes(encodedR, publicKey, message)));
}

function reduce(bytes: Uint8Array): bigint {
  return Fn.create(littleEndian(bytes));
}

function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] ?? 0);
  return value;
}

/** Compares public values only, so timing reveals nothing. */
function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
