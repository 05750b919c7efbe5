import { describe, expect, it } from 'vitest';
import { uint32be } from '../../../client/signal-protocol/primitives/bytes.ts';
import {
  MAX_FORWARD_JUMPS,
  MAX_SKIPPED_KEYS,
  NO_SKIPPED_KEYS,
  skipTo,
  takeSkipped,
} from '../../../client/signal-protocol/ratchet/skipped-keys.ts';

/** A chain whose keys name their own index. */
const step = (chain: { index: number }) => ({
  next: { index: chain.index + 1 },
  key: Uint8Array.of(...uint32be(chain.index), ...new Uint8Array(28)),
});

const keyOf = (index: number) => step({ index }).key;

describe('skipped keys', () => {
  it('are kept for what was passed over, and each is given out once', () => {
    const { next, key, skipped } = skipTo({ index: 5 }, 8, NO_SKIPPED_KEYS, step);
    expect([next.index, key]).toEqual([9, keyOf(8)]);
    const taken = takeSkipped(skipped, 6);
    expect(taken.key).toEqual(keyOf(6));
    expect(() => takeSkipped(taken.rest, 6)).toThrow(expect.objectContaining({ code: 'DUPLICATE_MESSAGE' }));
    expect(takeSkipped(taken.rest, 5).key).toEqual(keyOf(5));
    expect(() => takeSkipped(skipped, 8)).toThrow(expect.objectContaining({ code: 'DUPLICATE_MESSAGE' }));
  });

  it('are at most two thousand: the oldest goes, from one jump or from many', () => {
    const jump = skipTo({ index: 0 }, MAX_SKIPPED_KEYS + 1, NO_SKIPPED_KEYS, step);
    expect(jump.skipped.length).toBe(MAX_SKIPPED_KEYS * 36);
    expect(() => takeSkipped(jump.skipped, 0)).toThrow();
    expect(takeSkipped(jump.skipped, 1).key).toEqual(keyOf(1));
    const more = skipTo(jump.next, jump.next.index + 3, jump.skipped, step);
    expect(more.skipped.length).toBe(MAX_SKIPPED_KEYS * 36);
    expect(() => takeSkipped(more.skipped, 3)).toThrow();
    expect(takeSkipped(more.skipped, 4).key).toEqual(keyOf(4));
  });

  it('are not made for a jump of more than 25,000', () => {
    expect(skipTo({ index: 7 }, 7 + MAX_FORWARD_JUMPS, NO_SKIPPED_KEYS, step).next.index).toBe(8 + MAX_FORWARD_JUMPS);
    expect(() => skipTo({ index: 7 }, 8 + MAX_FORWARD_JUMPS, NO_SKIPPED_KEYS, step)).toThrow(
      expect.objectContaining({ code: 'TOO_FAR_AHEAD' }),
    );
  });
});
