// The SPQR message, field 5 of a ratchet message:
//   01 | varint epoch | varint index of the message key | type | for types with a chunk: varint chunk index | 32 bytes

import { ProtocolError } from '../errors.ts';
import { type Cursor, readBytes, readVarint, varintLength, writeVarint } from '../wire/protobuf.ts';
import { CHUNK_BYTES, type Chunk } from './erasure-code.ts';

const SPQR_VERSION = 1;
const MAX_CHUNK_INDEX = 0xffff;

/** In the order of their type numbers, from 0. */
const KINDS = ['none', 'hdr', 'ek', 'ek-ct1-ack', 'ct1-ack', 'ct1', 'ct2'] as const;

export type ChunkKind = 'hdr' | 'ek' | 'ek-ct1-ack' | 'ct1' | 'ct2';

/** What an SPQR message says about the key exchange of its epoch. */
export type BraidPayload = { readonly kind: 'none' | 'ct1-ack' } | { readonly kind: ChunkKind; readonly chunk: Chunk };

export interface BraidMessage {
  /** The epoch being negotiated, from 1. The message's own key is of the epoch before. */
  readonly epoch: number;
  readonly payload: BraidPayload;
}

export interface SpqrMessage extends BraidMessage {
  /** Number of the message key in its chain, from 1. */
  readonly keyIndex: number;
}

export function encodeSpqrMessage({ epoch, keyIndex, payload }: SpqrMessage): Uint8Array {
  const chunk = 'chunk' in payload ? payload.chunk : undefined;
  const tail = chunk ? varintLength(chunk.index) + CHUNK_BYTES : 0;
  const out = new Uint8Array(2 + varintLength(epoch) + varintLength(keyIndex) + tail);
  out[0] = SPQR_VERSION;
  let at = writeVarint(out, writeVarint(out, 1, epoch), keyIndex);
  out[at++] = KINDS.indexOf(payload.kind);
  if (chunk) out.set(chunk.data, writeVarint(out, at, chunk.index));
  return out;
}

/** @throws ProtocolError INVALID_PQ_RATCHET for anything but version 1 in its one encoding */
export function decodeSpqrMessage(bytes: Uint8Array): SpqrMessage {
  if (bytes[0] !== SPQR_VERSION) throw invalid();
  try {
    return decodeBody({ bytes, at: 1 });
  } catch {
    throw invalid();
  }
}

function decodeBody(cursor: Cursor): SpqrMessage {
  const epoch = readVarint(cursor);
  const keyIndex = readVarint(cursor);
  const kind = KINDS[readBytes(cursor, 1)[0] ?? KINDS.length];
  // Index 0 would stand for "no post-quantum key yet", a state that does not exist here: that message is a downgrade.
  if (epoch < 1 || keyIndex < 1 || kind === undefined) throw invalid();
  const payload = kind === 'none' || kind === 'ct1-ack' ? { kind } : { kind, chunk: decodeChunk(cursor) };
  if (cursor.at !== cursor.bytes.length) throw invalid();
  return { epoch, keyIndex, payload };
}

function decodeChunk(cursor: Cursor): Chunk {
  const index = readVarint(cursor);
  if (index > MAX_CHUNK_INDEX) throw invalid();
  return { index, data: readBytes(cursor, CHUNK_BYTES) };
}

function invalid(): ProtocolError {
  return new ProtocolError('INVALID_PQ_RATCHET', 'not an SPQR message of version 1');
}
