// 32 bytes as text that a person can copy from paper or type from a screen: fourteen groups of four characters of Crockford's base32, the
// last 24 bits a checksum that also tells one kind of text from another.

import { sha256 } from '@noble/hashes/sha2.js';
import { concat, constantTimeEqual, lp } from '../../shared/protocol/bytes.ts';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const BYTES = 32;
const CHECKSUM_BYTES = 3;
const CHARACTERS = ((BYTES + CHECKSUM_BYTES) * 8) / 5;
const BITS = 5;

/** @param kind what the text is for; a text of one kind is not read as another @throws RangeError unless there are 32 bytes */
export function encodeGrouped(kind: string, value: Uint8Array): string {
  if (value.length !== BYTES) throw new RangeError('grouped text is for 32 bytes');
  let rest = toNumber(concat(value, checksum(kind, value)));
  let text = '';
  for (let i = 0; i < CHARACTERS; i++) {
    text = (ALPHABET[Number(rest & 31n)] ?? '') + text;
    rest >>= BigInt(BITS);
  }
  return (text.match(/.{4}/g) ?? []).join(' ');
}

/** Forgives what people do: lower case, O for 0, I and L for 1, any spaces and hyphens. Undefined when it is no text of this kind. */
export function decodeGrouped(kind: string, text: string): Uint8Array | undefined {
  const plain = text.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');
  if (plain.length !== CHARACTERS) return undefined;
  let number = 0n;
  for (const character of plain) {
    const value = ALPHABET.indexOf(character);
    if (value < 0) return undefined;
    number = (number << BigInt(BITS)) | BigInt(value);
  }
  const all = toBytes(number, BYTES + CHECKSUM_BYTES);
  const value = all.slice(0, BYTES);
  return constantTimeEqual(all.subarray(BYTES), checksum(kind, value)) ? value : undefined;
}

function checksum(kind: string, value: Uint8Array): Uint8Array {
  return sha256(concat(lp(kind), value)).subarray(0, CHECKSUM_BYTES);
}

function toNumber(bytes: Uint8Array): bigint {
  return bytes.reduce((number, byte) => (number << 8n) | BigInt(byte), 0n);
}

function toBytes(number: bigint, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => Number((number >> BigInt(8 * (length - 1 - i))) & 0xffn));
}
