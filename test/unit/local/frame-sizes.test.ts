import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frameSizes } from '../../../local/gateway/frame-sizes.ts';

/** A masked frame as clients send it (RFC 6455, section 5.2). */
function frame(opcode: number, payloadBytes: number): Buffer {
  const header = [0x80 | opcode];
  if (payloadBytes < 126) header.push(0x80 | payloadBytes);
  else if (payloadBytes < 65_536) header.push(0x80 | 126, payloadBytes >> 8, payloadBytes & 0xff);
  else
    header.push(
      0x80 | 127,
      0,
      0,
      0,
      0,
      (payloadBytes >>> 24) & 0xff,
      (payloadBytes >>> 16) & 0xff,
      (payloadBytes >>> 8) & 0xff,
      payloadBytes & 0xff,
    );
  return Buffer.concat([Buffer.from(header), Buffer.alloc(4 + payloadBytes, 0xff)]);
}

describe('frame sizes', () => {
  it('are found however the stream is cut into chunks', () => {
    const frames = fc.array(
      fc.tuple(fc.constantFrom(0, 1, 2, 8, 9, 10), fc.constantFrom(0, 1, 125, 126, 127, 65_535, 65_536, 70_000)),
      {
        maxLength: 6,
      },
    );
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 50_000 }), { minLength: 1 }), (sent, cuts) => {
        const stream = Buffer.concat(sent.map(([opcode, bytes]) => frame(opcode, bytes)));
        const seen: number[] = [];
        const tap = frameSizes((bytes) => seen.push(bytes));
        for (let start = 0, cut = 0; start < stream.length; cut++) {
          const end = start + (cuts[cut % cuts.length] ?? 1);
          tap(stream.subarray(start, end));
          start = end;
        }
        expect(seen).toEqual(sent.filter(([opcode]) => opcode < 8).map(([, bytes]) => bytes));
      }),
      { seed: 7 },
    );
  });

  it('are known before the payload has come', () => {
    const seen: number[] = [];
    frameSizes((bytes) => seen.push(bytes))(frame(1, 70_000).subarray(0, 14));
    expect(seen).toEqual([70_000]);
  });
});
