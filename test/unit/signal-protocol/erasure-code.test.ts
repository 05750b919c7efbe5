import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addChunk,
  CHUNK_BYTES,
  type Chunk,
  createDecoder,
  createEncoder,
  decodedObject,
  nextChunk,
} from '../../../client/signal-protocol/braid/erasure-code.ts';

function chunksFrom(object: Uint8Array, start: number, count: number): Chunk[] {
  let encoder = { object, nextIndex: start };
  return Array.from({ length: count }, () => {
    const { encoder: next, chunk } = nextChunk(encoder);
    encoder = next;
    return chunk;
  });
}

const object = fc
  .integer({ min: 1, max: 36 })
  .chain((chunks) => fc.uint8Array({ minLength: chunks * CHUNK_BYTES, maxLength: chunks * CHUNK_BYTES }));

describe('the erasure code', () => {
  it('begins with the object itself', () => {
    const bytes = Uint8Array.from({ length: 96 }, (_, i) => i);
    const { chunk } = nextChunk(createEncoder(bytes));
    expect(chunk).toEqual({ index: 0, data: bytes.subarray(0, 32) });
  });

  it('any n different chunks give the object back, in any order, and n - 1 do not', () => {
    const schedule = fc.tuple(object, fc.integer({ min: 0, max: 65_000 }), fc.infiniteStream(fc.nat()));
    fc.assert(
      fc.property(schedule, ([bytes, start, shuffle]) => {
        const needed = bytes.length / CHUNK_BYTES;
        const chunks = [...chunksFrom(bytes, 0, needed), ...chunksFrom(bytes, start, needed)];
        const keyed = chunks.map((chunk) => ({ chunk, key: shuffle.next().value ?? 0 }));
        keyed.sort((a, b) => a.key - b.key);
        let decoder = createDecoder(bytes.length);
        const seen = new Set<number>();
        for (const { chunk } of keyed) {
          expect(decodedObject(decoder)).toEqual(seen.size < needed ? undefined : bytes);
          decoder = addChunk(decoder, chunk);
          seen.add(chunk.index);
        }
        expect(decodedObject(decoder)).toEqual(bytes);
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  it('counts a repeated chunk once', () => {
    const bytes = new Uint8Array(64).fill(1);
    const [first] = chunksFrom(bytes, 0, 1);
    if (!first) throw new Error('no chunk');
    const decoder = addChunk(addChunk(createDecoder(64), first), first);
    expect(decodedObject(decoder)).toBeUndefined();
  });

  it('starts again after chunk 65535', () => {
    const bytes = new Uint8Array(64).fill(1);
    expect(chunksFrom(bytes, 0xffff, 2).map((chunk) => chunk.index)).toEqual([0xffff, 0]);
  });
});
