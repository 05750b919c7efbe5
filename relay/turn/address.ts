import { addressBytes } from '../ip.ts';
import { MAGIC } from './types.ts';

export interface Endpoint {
  /** An IP literal. */
  readonly address: string;
  readonly port: number;
}

/**
 * An XOR-…-ADDRESS attribute (RFC 8489 section 14.2).
 *
 * @throws RangeError when the address is no IP literal
 */
export function encodeAddress({ address, port }: Endpoint, transaction: Uint8Array): Buffer {
  const bytes = addressBytes(address);
  if (bytes === undefined) throw new RangeError('not an IP literal');
  const value = Buffer.alloc(4 + bytes.length);
  value.writeUInt8(bytes.length === 4 ? 1 : 2, 1);
  value.writeUInt16BE(port ^ (MAGIC >>> 16), 2);
  value.set(masked(bytes, transaction), 4);
  return value;
}

/** Undefined when the attribute holds no address. */
export function decodeAddress(value: Uint8Array | undefined, transaction: Uint8Array): Endpoint | undefined {
  if (value === undefined || ![8, 20].includes(value.length)) return undefined;
  const bytes = masked(value.subarray(4), transaction);
  const port = Buffer.from(value).readUInt16BE(2) ^ (MAGIC >>> 16);
  if (bytes.length === 4) return { address: bytes.join('.'), port };
  const groups = Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(at * 2).toString(16));
  return { address: groups.join(':'), port };
}

function masked(bytes: Uint8Array, transaction: Uint8Array): Buffer {
  const mask = Buffer.alloc(16);
  mask.writeUInt32BE(MAGIC, 0);
  mask.set(transaction, 4);
  return Buffer.from(bytes.map((byte, at) => byte ^ (mask[at] ?? 0)));
}
