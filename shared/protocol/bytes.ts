// The few ways in which signed and authenticated bytes are put together. No dependencies: they must be the same everywhere.

const encoder = new TextEncoder();
/** Fatal: bytes that are not UTF-8 have no text. A byte order mark stays in the text instead of vanishing. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/** The text of UTF-8 bytes; undefined when they are not UTF-8. */
export function fromUtf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** `lp(x)`: the length as u32 big-endian, then the bytes. Text is its UTF-8. */
export function lp(value: Uint8Array | string): Uint8Array<ArrayBuffer> {
  const bytes = typeof value === 'string' ? utf8(value) : value;
  const prefixed = new Uint8Array(4 + bytes.length);
  new DataView(prefixed.buffer).setUint32(0, bytes.length);
  prefixed.set(bytes, 4);
  return prefixed;
}

/** u64 big-endian. @throws RangeError for anything but a whole number from 0 to 2^53 - 1. */
export function u64(value: number): Uint8Array<ArrayBuffer> {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError('not a whole number below 2^53');
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

/** Compares without telling by its timing where two byte strings differ. Their lengths are public. */
export function constantTimeEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}
