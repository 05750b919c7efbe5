// HMAC-SHA256 (RFC 2104) and HKDF-SHA256 (RFC 5869), the only key derivations of the protocol.

import { expand, extract } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { wipe } from './bytes.ts';

/** Where a prepared HMAC is copied to be used: making a new object costs more than copying into an old one. */
const scratch = hmac.create(sha256, new Uint8Array(32));

/** Two HMACs of one byte each under one key, whose key schedule is computed once. */
export function hmacPair(key: Uint8Array, first: Uint8Array, second: Uint8Array): [Uint8Array, Uint8Array] {
  const mac = hmac.create(sha256, key);
  const firstMac = mac._cloneInto(scratch).update(first).digest();
  return [firstMac, mac.update(second).digest()];
}

export function hmacSha256(key: Uint8Array, ...message: Uint8Array[]): Uint8Array {
  const mac = hmac.create(sha256, key);
  for (const part of message) mac.update(part);
  return mac.digest();
}

/** HKDF-Extract with the default salt is HMAC under 32 zero bytes; its key schedule never changes. */
const extractWithoutSalt = hmac.create(sha256, new Uint8Array(32));

/**
 * HKDF with the output cut into consecutive parts.
 *
 * @param salt undefined means 32 zero bytes (RFC 5869 section 2.2)
 * @param lengths the sizes of the parts in bytes
 */
export function hkdfSha256<const L extends readonly number[]>(
  salt: Uint8Array | undefined,
  inputKeyMaterial: Uint8Array,
  info: Uint8Array,
  lengths: L,
): { [I in keyof L]: Uint8Array } {
  const pseudoRandomKey = salt
    ? extract(sha256, inputKeyMaterial, salt)
    : extractWithoutSalt._cloneInto(scratch).update(inputKeyMaterial).digest();
  const output = expand(
    sha256,
    pseudoRandomKey,
    info,
    lengths.reduce((sum, length) => sum + length, 0),
  );
  wipe(pseudoRandomKey);
  return cut(output, lengths);
}

function cut<const L extends readonly number[]>(bytes: Uint8Array, lengths: L): { [I in keyof L]: Uint8Array };
function cut(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  let end = 0;
  return lengths.map((length) => {
    end += length;
    return bytes.slice(end - length, end);
  });
}

/** An info string of the specifications as bytes. */
export function label(text: string): Uint8Array {
  return utf8ToBytes(text);
}
