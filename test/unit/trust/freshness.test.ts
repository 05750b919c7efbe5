import { describe, expect, it } from 'vitest';
import {
  FRESH_AHEAD_MS,
  FRESH_REFUSE_MS,
  FRESH_WARN_MS,
  freshnessHolds,
  listAge,
  signFreshness,
} from '../../../shared/trust/freshness.ts';
import { seededBytes, TEST_EPOCH_MS, TestAccount } from '../../support/identities.ts';
import { flipBit } from './judging.ts';

const DAY = 24 * 60 * 60 * 1_000;
const alice = new TestAccount('alice');
const subject = { ...alice.content, hash: alice.hash };
const fresh = alice.fresh(TEST_EPOCH_MS);

describe('a freshness statement', () => {
  it('holds for the list it is about', () => {
    expect(freshnessHolds(subject, fresh)).toBe(true);
  });

  it.each<[string, Partial<typeof subject>]>([
    ['account', { account: new TestAccount('bob').account }],
    ['sequence', { sequence: 2 }],
    ['hash', { hash: flipBit(alice.hash, 255) }],
    ['account key', { accountKey: new TestAccount('bob').content.accountKey }],
  ])('does not hold for another %s', (_, change) => {
    expect(freshnessHolds({ ...subject, ...change }, fresh)).toBe(false);
  });

  it('does not hold for another time, or with any bit of its signature flipped', () => {
    expect(freshnessHolds(subject, { ...fresh, time: fresh.time + 1 })).toBe(false);
    for (let bit = 0; bit < 512; bit++) {
      expect(freshnessHolds(subject, { ...fresh, signature: flipBit(fresh.signature, bit) })).toBe(false);
    }
  });

  it('is made by the account key and by no other', () => {
    expect(freshnessHolds(subject, signFreshness(subject, fresh.time, alice.keys(1).connectSecret))).toBe(false);
    expect(freshnessHolds(subject, signFreshness(subject, fresh.time, seededBytes('server')))).toBe(false);
  });
});

describe('the age of a list', () => {
  const list = { time: TEST_EPOCH_MS };

  it('warns from day 21 and refuses past day 35, compiled in', () => {
    expect([FRESH_WARN_MS, FRESH_REFUSE_MS, FRESH_AHEAD_MS]).toEqual([21 * DAY, 35 * DAY, DAY]);
    const aged = (ms: number) => listAge(list, [], list.time + ms);
    expect(aged(0)).toBe('fresh');
    expect(aged(21 * DAY - 1)).toBe('fresh');
    expect(aged(21 * DAY)).toBe('warn');
    expect(aged(35 * DAY)).toBe('warn');
    expect(aged(35 * DAY + 1)).toBe('stale');
  });

  it('counts from the latest statement, in whatever order they come', () => {
    const now = list.time + 50 * DAY;
    expect(listAge(list, [now - DAY, now - 30 * DAY], now)).toBe('fresh');
    expect(listAge(list, [now - 40 * DAY], now)).toBe('stale');
  });

  it('does not count a time far ahead: one statement cannot vouch for years', () => {
    const now = list.time + 36 * DAY;
    expect(listAge(list, [now + DAY], now)).toBe('fresh');
    expect(listAge(list, [now + DAY + 1], now)).toBe('stale');
    expect(listAge({ time: now + 1_000 * DAY }, [], now)).toBe('stale');
  });
});
