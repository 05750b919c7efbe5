import { constantTimeEqual } from '../../shared/protocol/bytes.ts';
import { listAge } from '../../shared/trust/freshness.ts';
import { hasUnseenKey, type KnownAccount } from './known-account.ts';

/**
 * Why nothing is encrypted to an account.
 *
 * - account-key-changed: it was rotated or recovered, and no person has acknowledged it
 * - not-verified-again: the contact had been verified, and the account key is another one now
 * - attacked: somebody without authority replaced the account key, or the account signed two lists for one place
 * - withheld: a device of the account has named a list that the server does not hand out
 * - stale: nobody with the account key has confirmed the list for 35 days
 */
export type Block = 'account-key-changed' | 'not-verified-again' | 'attacked' | 'withheld' | 'stale';

export interface Standing {
  /** Empty: messages and calls may be encrypted to the account. */
  readonly blocks: readonly Block[];
  /** The list has not been confirmed for 21 days: a person should know. */
  readonly warn: boolean;
}

/** @param now milliseconds since 1970 by this device's own clock, never the server's */
export function standingOf(known: KnownAccount, now: number): Standing {
  const { pinned, stated, named, verifiedKey, alarm } = known;
  const { accountKey, sequence } = pinned.content;
  const age = listAge(pinned.content, stated === null ? [] : [stated], now);
  const blocks: Block[] = [];
  if (hasUnseenKey(known)) blocks.push('account-key-changed');
  if (verifiedKey && !constantTimeEqual(verifiedKey, accountKey)) blocks.push('not-verified-again');
  if (alarm) blocks.push('attacked');
  if (named > sequence) blocks.push('withheld');
  if (age === 'stale') blocks.push('stale');
  return { blocks, warn: age !== 'fresh' };
}
