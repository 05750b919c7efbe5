// How long a list is taken for current. The bounds are compiled in; nothing that arrives from outside can move them.

import type { Freshness } from '../protocol/account.ts';
import type { DeviceList } from './device-list.ts';
import { ed25519Sign, ed25519Verify } from './ed25519.ts';
import { STATEMENTS, statement } from './statement.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
/** From this age own devices and peers warn. */
export const FRESH_WARN_MS = 21 * DAY_MS;
/** Past this age nothing is encrypted to the account: a revocation can be withheld for no longer. */
export const FRESH_REFUSE_MS = 35 * DAY_MS;
/** A time further ahead counts for nothing: otherwise one statement could vouch for years. A day, because clocks of devices are set by hand. */
export const FRESH_AHEAD_MS = DAY_MS;

/** `stale`: nothing may be encrypted to the account. */
export type ListAge = 'fresh' | 'warn' | 'stale';

/** The list that a statement is about: one that was accepted. */
export type FreshnessSubject = Pick<DeviceList, 'account' | 'sequence' | 'accountKey'> & { readonly hash: Uint8Array };

/** States that a list is the current one at `time` (milliseconds since 1970). @param accountSecret seed of its account key */
export function signFreshness(list: FreshnessSubject, time: number, accountSecret: Uint8Array): Freshness {
  return { time, signature: ed25519Sign(accountSecret, freshnessStatement(list, time)) };
}

/** Whether the account key of exactly this list vouches for it. One for an earlier list, however recent, does not. */
export function freshnessHolds(list: FreshnessSubject, { time, signature }: Freshness): boolean {
  return ed25519Verify(list.accountKey, freshnessStatement(list, time), signature);
}

/**
 * The age of a list: since it was made, or since the latest statement about it. A list is signed by the account key over its own time,
 * so it vouches for itself as a statement does.
 *
 * @param statedTimes times of statements that hold
 * @param now milliseconds since 1970
 */
export function listAge(list: Pick<DeviceList, 'time'>, statedTimes: readonly number[], now: number): ListAge {
  const known = [list.time, ...statedTimes].filter((time) => time <= now + FRESH_AHEAD_MS);
  const age = now - Math.max(...known);
  if (age > FRESH_REFUSE_MS) return 'stale';
  return age >= FRESH_WARN_MS ? 'warn' : 'fresh';
}

function freshnessStatement({ account, sequence, hash }: FreshnessSubject, time: number): Uint8Array {
  return statement(STATEMENTS.fresh, account, sequence, hash, time);
}
