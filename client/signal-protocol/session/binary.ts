// The two ends of the stored form: fixed-width big-endian numbers and length-prefixed bytes, in a fixed order.

import { ProtocolError } from '../errors.ts';

/** Shared by all writers, which are used one at a time: allocating for every message costs more than writing. */
let scratch = new Uint8Array(16_384);

export class BinaryWriter {
  #length = 0;

  uint8(value: number): void {
    this.#reserve(1)[this.#length++] = value;
  }

  uint32(value: number): void {
    const at = this.#length;
    const bytes = this.#reserve(4);
    bytes[at] = value >>> 24;
    bytes[at + 1] = value >>> 16;
    bytes[at + 2] = value >>> 8;
    bytes[at + 3] = value;
    this.#length = at + 4;
  }

  /** Safe non-negative integers. */
  uint53(value: number): void {
    this.uint32(Math.floor(value / 2 ** 32));
    this.uint32(value >>> 0);
  }

  /** Bytes whose length the reader knows. */
  raw(value: Uint8Array): void {
    this.#reserve(value.length).set(value, this.#length);
    this.#length += value.length;
  }

  /** Bytes of any length. */
  sized(value: Uint8Array): void {
    this.uint32(value.length);
    this.raw(value);
  }

  /** What `write` writes, with its length before it. */
  nested(write: () => void): void {
    const at = this.#length;
    this.uint32(0);
    write();
    const end = this.#length;
    this.#length = at;
    this.uint32(end - at - 4);
    this.#length = end;
  }

  /** A copy of what was written; the scratch space, which holds keys, is cleared. */
  finish(): Uint8Array {
    const bytes = scratch.slice(0, this.#length);
    scratch.fill(0, 0, this.#length);
    return bytes;
  }

  #reserve(length: number): Uint8Array {
    const needed = this.#length + length;
    if (needed > scratch.length) {
      const larger = new Uint8Array(Math.max(needed, scratch.length * 2));
      larger.set(scratch.subarray(0, this.#length));
      scratch = larger;
    }
    return scratch;
  }
}

/** Byte values are views: nothing read is ever written to. Every read throws ProtocolError CORRUPT_STATE past the end. */
export class BinaryReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  uint8(): number {
    return this.raw(1)[0] ?? 0;
  }

  uint32(): number {
    const [a = 0, b = 0, c = 0, d = 0] = this.raw(4);
    return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  }

  uint53(): number {
    return this.uint32() * 2 ** 32 + this.uint32();
  }

  raw(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw corrupt();
    const value = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return value;
  }

  sized(): Uint8Array {
    return this.raw(this.uint32());
  }

  /** As many items as a count says; the count itself is checked by running out of bytes. */
  list<T>(count: number, read: () => T): T[] {
    const items: T[] = [];
    while (items.length < count) items.push(read());
    return items;
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw corrupt();
  }
}

export function corrupt(): ProtocolError {
  return new ProtocolError('CORRUPT_STATE', 'the stored session is damaged or of an unknown version');
}
