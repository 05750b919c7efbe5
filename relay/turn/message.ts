import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { ATTRIBUTE, CLASS, type Class, HEADER, MAGIC } from './types.ts';

export type Attribute = readonly [type: number, value: Uint8Array];

export interface Message {
  readonly method: number;
  readonly class: Class;
  /** 12 bytes. */
  readonly transaction: Uint8Array;
  readonly attributes: readonly Attribute[];
}

const FINGERPRINT_XOR = 0x5354554e;
/** Type and length, and a SHA-1 tag or a CRC. */
const INTEGRITY_LENGTH = 24;
const FINGERPRINT_LENGTH = 8;

/** Key of the long-term mechanism (RFC 8489 section 9.2.2). */
export function integrityKey(username: string, realm: string, password: string): Uint8Array {
  return createHash('md5').update(`${username}:${realm}:${password}`).digest();
}

/** The bytes of a message, with MESSAGE-INTEGRITY when there is a key, and with FINGERPRINT. */
export function encode(message: Message, key?: Uint8Array): Buffer {
  const body = message.attributes.map(([type, value]) => encodeAttribute(type, value));
  const parts = [Buffer.alloc(HEADER), ...body];
  const [header = Buffer.alloc(0)] = parts;
  header.writeUInt16BE(spread(message.method) | message.class, 0);
  header.writeUInt32BE(MAGIC, 4);
  header.set(message.transaction, 8);
  const length = () => parts.reduce((sum, part) => sum + part.length, 0) - HEADER;
  if (key !== undefined) {
    // The length counts the attribute that is about to be added.
    header.writeUInt16BE(length() + INTEGRITY_LENGTH, 2);
    parts.push(encodeAttribute(ATTRIBUTE.integrity, createHmac('sha1', key).update(Buffer.concat(parts)).digest()));
  }
  header.writeUInt16BE(length() + FINGERPRINT_LENGTH, 2);
  parts.push(encodeAttribute(ATTRIBUTE.fingerprint, fingerprint(Buffer.concat(parts))));
  return Buffer.concat(parts);
}

/** Undefined when the bytes are no STUN message. */
export function decode(bytes: Buffer): Message | undefined {
  if (bytes.length < HEADER || bytes.readUInt32BE(4) !== MAGIC || bytes.readUInt16BE(2) !== bytes.length - HEADER)
    return;
  const type = bytes.readUInt16BE(0);
  const kind = Object.values(CLASS).find((value) => value === (type & 0x110));
  if (type >> 14 !== 0 || kind === undefined) return;
  const attributes: Attribute[] = [];
  for (let at = HEADER; at < bytes.length; ) {
    if (at + 4 > bytes.length) return;
    const length = bytes.readUInt16BE(at + 2);
    if (at + 4 + length > bytes.length) return;
    attributes.push([bytes.readUInt16BE(at), bytes.subarray(at + 4, at + 4 + length)]);
    at += 4 + padded(length);
  }
  return { method: gather(type), class: kind, transaction: bytes.subarray(8, HEADER), attributes };
}

/** Whether a message that arrived was made by somebody who has the key. */
export function isAuthentic(bytes: Buffer, key: Uint8Array): boolean {
  for (let at = HEADER; at + 4 <= bytes.length; at += 4 + padded(bytes.readUInt16BE(at + 2))) {
    if (bytes.readUInt16BE(at) !== ATTRIBUTE.integrity) continue;
    const covered = Buffer.from(bytes.subarray(0, at));
    covered.writeUInt16BE(at + INTEGRITY_LENGTH - HEADER, 2);
    const tag = bytes.subarray(at + 4, at + INTEGRITY_LENGTH);
    const expected = createHmac('sha1', key).update(covered).digest();
    return tag.length === expected.length && timingSafeEqual(tag, expected);
  }
  return false;
}

export function attribute(message: Message, type: number): Uint8Array | undefined {
  return message.attributes.find(([found]) => found === type)?.[1];
}

/** The number of an error response; undefined when it has none. */
export function errorOf(message: Message): number | undefined {
  const value = attribute(message, ATTRIBUTE.error);
  return value === undefined || value.length < 4 ? undefined : ((value[2] ?? 0) & 7) * 100 + (value[3] ?? 0);
}

function encodeAttribute(type: number, value: Uint8Array): Buffer {
  const bytes = Buffer.alloc(4 + padded(value.length));
  bytes.writeUInt16BE(type, 0);
  bytes.writeUInt16BE(value.length, 2);
  bytes.set(value, 4);
  return bytes;
}

function fingerprint(covered: Buffer): Buffer {
  const value = Buffer.alloc(4);
  value.writeUInt32BE((crc32(covered) ^ FINGERPRINT_XOR) >>> 0);
  return value;
}

function padded(length: number): number {
  return (length + 3) & ~3;
}

/** A method's bits around the two of the class (RFC 8489 figure 3). */
function spread(method: number): number {
  return (method & 0x00f) | ((method & 0x070) << 1) | ((method & 0xf80) << 2);
}

function gather(type: number): number {
  return (type & 0x00f) | ((type >> 1) & 0x070) | ((type >> 2) & 0xf80);
}
