// The few rules of the Protocol Buffers encoding that the two message types need: varints and length-delimited fields.

import { ProtocolError } from '../errors.ts';

/** One field to write: a varint for a number, length-delimited for bytes; undefined is left out. */
export type Field = readonly [number: number, value: number | Uint8Array | undefined];

/** Writes fields in the order given. Numbers are unsigned 32-bit. */
export function encodeFields(fields: readonly Field[], into: Uint8Array, start: number): void {
  let at = start;
  for (const [number, value] of fields) {
    if (value === undefined) continue;
    if (typeof value === 'number') {
      at = writeVarint(into, writeVarint(into, at, number << 3), value);
      continue;
    }
    at = writeVarint(into, writeVarint(into, at, (number << 3) | 2), value.length);
    into.set(value, at);
    at += value.length;
  }
}

export function fieldsLength(fields: readonly Field[]): number {
  let length = 0;
  for (const [number, value] of fields) {
    if (value === undefined) continue;
    const size = typeof value === 'number' ? varintLength(value) : varintLength(value.length) + value.length;
    length += varintLength(number << 3) + size;
  }
  return length;
}

/** The fields found, by number. Byte values are views of the message. */
export interface Fields {
  uint32(number: number): number | undefined;
  bytes(number: number): Uint8Array | undefined;
}

/**
 * Stricter than Protocol Buffers: ascending field numbers, each once, shortest varints of at most 32 bits, no other wire
 * types. What this accepts has exactly one encoding, so a message cannot be altered into another that means the same.
 *
 * @throws ProtocolError INVALID_MESSAGE
 */
export function decodeFields(bytes: Uint8Array, known: readonly number[]): Fields {
  const values = new Map<number, number | Uint8Array>();
  const cursor = { bytes, at: 0 };
  let previous = 0;
  while (cursor.at < bytes.length) {
    const key = readVarint(cursor);
    const number = key >>> 3;
    if (number <= previous || !known.includes(number)) throw invalid('unexpected field');
    previous = number;
    values.set(number, readValue(cursor, key & 7));
  }
  return {
    uint32(number) {
      const value = values.get(number);
      if (value !== undefined && typeof value !== 'number') throw invalid('field of another type');
      return value;
    },
    bytes(number) {
      const value = values.get(number);
      if (typeof value === 'number') throw invalid('field of another type');
      return value;
    },
  };
}

export interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

/** @throws ProtocolError INVALID_MESSAGE for more than 32 bits, needless bytes, or the end of the message */
export function readVarint(cursor: Cursor): number {
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = cursor.bytes[cursor.at++];
    if (byte === undefined) throw invalid('the message ends early');
    value += (byte & 0x7f) * 2 ** shift;
    if (byte >= 0x80) continue;
    if ((byte === 0 && shift > 0) || value >= 2 ** 32) throw invalid('bad varint');
    return value;
  }
  throw invalid('bad varint');
}

/** A view of the next `length` bytes. */
export function readBytes(cursor: Cursor, length: number): Uint8Array {
  const end = cursor.at + length;
  if (end > cursor.bytes.length) throw invalid('the message ends early');
  const value = cursor.bytes.subarray(cursor.at, end);
  cursor.at = end;
  return value;
}

export function writeVarint(into: Uint8Array, start: number, value: number): number {
  let at = start;
  let rest = value >>> 0;
  for (; rest >= 0x80; rest >>>= 7) into[at++] = (rest & 0x7f) | 0x80;
  into[at++] = rest;
  return at;
}

export function varintLength(value: number): number {
  let length = 1;
  for (let rest = value >>> 0; rest >= 0x80; rest >>>= 7) length++;
  return length;
}

function readValue(cursor: Cursor, wireType: number): number | Uint8Array {
  if (wireType === 0) return readVarint(cursor);
  if (wireType === 2) return readBytes(cursor, readVarint(cursor));
  throw invalid('unknown wire type');
}

function invalid(reason: string): ProtocolError {
  return new ProtocolError('INVALID_MESSAGE', reason);
}
