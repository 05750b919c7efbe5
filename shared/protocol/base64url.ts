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
  // Three bytes are four characters. What lies beyond the end counts as zero, and its characters fall outside the text.
  for (let from = 0, to = 0; from < bytes.length; from += 3) {
    const group = ((bytes[from] ?? 0) << 16) | ((bytes[from + 1] ?? 0) << 8) | (bytes[from + 2] ?? 0);
    text[to++] = characterOf(group >> 18);
    text[to++] = characterOf(group >> 12);
    text[to++] = characterOf(group >> 6);
    text[to++] = characterOf(group);
  }
  return ascii.decode(text);
}

/** The bytes of a text, or undefined for anything that {@link base64UrlEncode} does not write: padding, another alphabet, spare bits that are not zero. */
export function base64UrlDecode(text: string): Uint8Array<ArrayBuffer> | undefined {
  const rest = text.length % 4;
  if (rest === 1) return undefined;
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let seen = 0;
  let group = 0;
  // Of the last group, what is missing counts as zero, and its bytes fall outside the array.
  for (let from = 0, to = 0; from < text.length; from += 4) {
    const first = valueAt(text, from);
    const second = valueAt(text, from + 1);
    const third = valueAt(text, from + 2);
    const fourth = valueAt(text, from + 3);
    seen |= first | second | third | fourth;
    group = (first << 18) | (second << 12) | (third << 6) | fourth;
    bytes[to++] = group >> 16;
    bytes[to++] = group >> 8;
    bytes[to++] = group;
  }
  // Bits of the last group that belong to no byte.
  const spare = group & (rest === 2 ? 0xffff : rest === 3 ? 0xff : 0);
  return seen > 63 || spare !== 0 ? undefined : bytes;
}

function characterOf(value: number): number {
  return ALPHABET[value & 63] ?? 0;
}

function valueAt(text: string, at: number): number {
  return at < text.length ? (VALUES[text.charCodeAt(at)] ?? INVALID) : 0;
}
