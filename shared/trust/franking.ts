// Franking: a report of a message proves what was said, who said it, to whom and when, and nothing else does. The sender commits to the
// plaintext, the server stamps the commitment without being able to open it.

import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concat, constantTimeEqual, lp, u64 } from '../protocol/bytes.ts';

const KEY_BYTES = 32;
const WEEK_MS = 7 * 24 * 60 * 60 * 1_000;

/** What the server vouches for when it accepts a message. */
export interface Stamped {
  readonly commitment: Uint8Array;
  readonly sender: string;
  readonly senderDevice: number;
  readonly recipient: string;
  readonly messageId: string;
  /** Milliseconds since 1970 by the clock of the server. */
  readonly time: number;
}

/** A reported message: its plaintext, the key that opens its commitment, and the stamp with all that it is over. */
export interface Report extends Omit<Stamped, 'commitment'> {
  readonly plaintext: Uint8Array;
  readonly frankingKey: Uint8Array;
  readonly tag: Uint8Array;
}

/** The number of the week whose key stamps a message accepted at `time` (milliseconds since 1970). */
export function frankingWeek(time: number): number {
  return Math.floor(time / WEEK_MS);
}

/**
 * C: all 32 bytes of HMAC-SHA256(key, lp("sotto/frank/v1") || lp(plaintext)).
 *
 * @param frankingKey 32 fresh random bytes for each message
 * @throws RangeError for another length: HMAC pads short keys, so that 31 bytes and the same with a zero would commit alike
 */
export function frankingCommitment(frankingKey: Uint8Array, plaintext: Uint8Array): Uint8Array {
  requireKey(frankingKey);
  return commit(frankingKey, plaintext);
}

/** For the recipient, before anything of the message is shown: the key is exactly 32 bytes and the commitment is over this plaintext. */
export function opensCommitment(commitment: Uint8Array, frankingKey: Uint8Array, plaintext: Uint8Array): boolean {
  return frankingKey.length === KEY_BYTES && constantTimeEqual(commit(frankingKey, plaintext), commitment);
}

/** T: the server's tag over what it accepted. @param weekKey 32 bytes @throws RangeError for another length */
export function stampTag(weekKey: Uint8Array, stamped: Stamped): Uint8Array {
  requireKey(weekKey);
  return hmac(
    sha256,
    weekKey,
    concat(
      lp('sotto/stamp/v1'),
      lp(stamped.commitment),
      lp(stamped.sender),
      lp(u64(stamped.senderDevice)),
      lp(stamped.recipient),
      lp(stamped.messageId),
      lp(u64(stamped.time)),
    ),
  );
}

/**
 * Whether a report is genuine and its reporter was the recipient. The work is the same for every outcome, a missing week key included, so
 * that a forger learns nothing about what was wrong. That a tag is reported once is for the store to see to.
 *
 * @param weekKey the key of {@link frankingWeek}(report.time); undefined when it was deleted
 * @param reporter account whose connection brought the report
 */
export function reportHolds(weekKey: Uint8Array | undefined, report: Report, reporter: string): boolean {
  const commitment = commit(report.frankingKey, report.plaintext);
  const tag = stampTag(weekKey ?? new Uint8Array(KEY_BYTES), { ...report, commitment });
  const checks = [
    constantTimeEqual(tag, report.tag),
    report.frankingKey.length === KEY_BYTES,
    reporter === report.recipient,
    weekKey !== undefined,
  ];
  return checks.every(Boolean);
}

function commit(frankingKey: Uint8Array, plaintext: Uint8Array): Uint8Array {
  return hmac(sha256, frankingKey, concat(lp('sotto/frank/v1'), lp(plaintext)));
}

function requireKey(key: Uint8Array): void {
  if (key.length !== KEY_BYTES) throw new RangeError('a franking key is 32 bytes');
}
