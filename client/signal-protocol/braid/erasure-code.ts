// The erasure code under ML-KEM Braid: an object becomes an endless sequence of 32-byte
// chunks, and any n different chunks give it back, n being its size in chunks.
//
// The object's big-endian 16-bit words are values of 16 polynomials over GF(2^16): word i belongs to polynomial i mod 16, at
// x = i div 16. Chunk k holds the 16 values at x = k, so the first n chunks are the object itself.

import { addScaled, interpolationFactors } from './gf65536.ts';

export const CHUNK_BYTES = 32;

/** Chunk numbers are 16-bit: after the last one the sequence starts again. */
const CHUNK_NUMBERS = 0x10000;

export interface Chunk {
  readonly index: number;
  readonly data: Uint8Array;
}

/** An object being sent: its bytes (a multiple of 32), and the number of the next chunk. */
export interface Encoder {
  readonly object: Uint8Array;
  readonly nextIndex: number;
}

/** An object being received: the chunks so far, each with its own index. */
export interface Decoder {
  readonly size: number;
  readonly chunks: readonly Chunk[];
}

export function createEncoder(object: Uint8Array): Encoder {
  return { object, nextIndex: 0 };
}

export function nextChunk(encoder: Encoder): { encoder: Encoder; chunk: Chunk } {
  const index = encoder.nextIndex;
  const next = { object: encoder.object, nextIndex: (index + 1) % CHUNK_NUMBERS };
  return { encoder: next, chunk: { index, data: chunkAt(encoder.object, index) } };
}

/** @param size of the object in bytes, a multiple of 32 */
export function createDecoder(size: number): Decoder {
  return { size, chunks: [] };
}

/** Takes a chunk; one more of the same index changes nothing. */
export function addChunk(decoder: Decoder, chunk: Chunk): Decoder {
  const enough = decoder.chunks.length === decoder.size / CHUNK_BYTES;
  if (enough || decoder.chunks.some((known) => known.index === chunk.index)) return decoder;
  return { size: decoder.size, chunks: [...decoder.chunks, { index: chunk.index, data: Uint8Array.from(chunk.data) }] };
}

/** The object, or undefined while chunks are missing. */
export function decodedObject(decoder: Decoder): Uint8Array | undefined {
  const count = decoder.size / CHUNK_BYTES;
  if (decoder.chunks.length < count) return undefined;
  const object = new Uint8Array(decoder.size);
  for (let index = 0; index < count; index++) {
    object.set(valueAt(decoder.chunks, index), index * CHUNK_BYTES);
  }
  return object;
}

function chunkAt(object: Uint8Array, index: number): Uint8Array {
  const count = object.length / CHUNK_BYTES;
  const at = (i: number) => object.subarray(i * CHUNK_BYTES, (i + 1) * CHUNK_BYTES);
  if (index < count) return at(index);
  return valueAt(
    Array.from({ length: count }, (_, i) => ({ index: i, data: at(i) })),
    index,
  );
}

/** The values of all 16 polynomials at x, from their values at the chunks' indices. */
function valueAt(points: readonly Chunk[], x: number): Uint8Array {
  const known = points.find((point) => point.index === x);
  if (known) return known.data;
  const out = new Uint8Array(CHUNK_BYTES);
  const factors = interpolationFactors(
    points.map((point) => point.index),
    x,
  );
  points.forEach(({ data }, i) => {
    addScaled(out, data, factors[i] ?? 0);
  });
  return out;
}
