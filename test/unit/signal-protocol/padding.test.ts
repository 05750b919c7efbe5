import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pad, unpad } from '../../../client/signal-protocol/index.ts';

describe('padding', () => {
  it('gives back any content, also one that ends like padding', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), fc.constantFrom([], [0x80], [0x80, 0, 0]), (content, end) => {
        const whole = Uint8Array.from([...content, ...end]);
        expect(unpad(pad(whole))).toEqual(whole);
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it('leaves only a few lengths, each filling AES blocks to the last byte', () => {
    const lengths = new Set(Array.from({ length: 60_000 }, (_, length) => pad(new Uint8Array(length)).length));
    expect([...lengths]).toEqual([
      127, 255, 511, 1023, 2047, 4095, 8191, 16_383, 24_575, 32_767, 40_959, 49_151, 57_343, 65_535,
    ]);
    for (const length of lengths) expect(length % 16).toBe(15);
  });

  it('refuses what it did not make', () => {
    const padded = pad(new Uint8Array(5));
    const bad = [padded.subarray(1), new Uint8Array(127), new Uint8Array(0), Uint8Array.from(padded).fill(1, 100, 101)];
    for (const bytes of bad) expect(() => unpad(bytes)).toThrow(expect.objectContaining({ code: 'INVALID_MESSAGE' }));
  });
});
