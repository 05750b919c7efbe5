// base64url (RFC 4648 section 5) without padding, strict: every byte string has exactly one text, so that nothing signed, hashed or
// compared as text has a second form. Tables instead of a platform decoder: those accept padding and trailing bits, or exist only in Node.

const ALPHABET = new TextEncoder().encode('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_');
const INVALID = 0xff;
const VALUES = new Uint8Array(128).fill(INVALID);
for (const [value, character] of ALPHABET.entries()) VALUES[character] = value;

const ascii = new TextDecoder();

/** The one text of `bytes`. */
export function base64UrlEncode(bytes: Uint8Array): string {
  const text = new Uint8Array(Math.ceil((bytes.length * 4) / 3));
  let to = 0;
  let pending = 0;
  let bits = 0;
  for (const byte of bytes) {
    pending = ((pending << 8) | byte) & 0xffff;
    for (bits += 8; bits >= 6; bits -= 6) text[to++] = ALPHABET[(pending >> (bits - 6)) & 63] ?? 0;
  }
  if (bits > 0) text[to] = ALPHABET[(pending << (6 - bits)) & 63] ?? 0;
  return ascii.decode(text);
}

/** The bytes of a text, or undefined for anything that {@link base64UrlEncode} does not write: padding, another alphabet, spare bits that are not zero. */
export function base64UrlDecode(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (text.length % 4 === 1) return undefined;
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let to = 0;
  let pending = 0;
  let bits = 0;
  for (let from = 0; from < text.length; from++) {
    const value = VALUES[text.charCodeAt(from)] ?? INVALID;
    if (value === INVALID) return undefined;
    pending = ((pending << 6) | value) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[to++] = (pending >> bits) & 0xff;
  }
  const spare = pending & ((1 << bits) - 1);
  return spare === 0 ? bytes : undefined;
}
