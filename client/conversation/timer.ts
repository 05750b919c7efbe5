// Messages that disappear: the times to choose from, how two changes at once become one, and when a message goes.

import * as z from 'zod/mini';
import { whole } from '../../shared/protocol/fields.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Seconds from reading to disappearing; 0 is off. */
export const TIMER_SECONDS = [
  0,
  5,
  10,
  30,
  MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  7 * DAY,
  28 * DAY,
] as const;
export type TimerSeconds = (typeof TIMER_SECONDS)[number];

/** A message that nobody reads dies too. It is as long as the server keeps mail. */
export const UNREAD_MS = 14 * DAY * 1_000;

/** How far a version may be ahead of the one that is known. Without a bound, one change with the highest number would end all changing. */
const MOST_MISSED_CHANGES = 1_000;

export const timer = z.strictObject({
  seconds: z.literal(TIMER_SECONDS),
  /** One more with every change; 0 for a conversation whose timer nobody has touched. */
  version: whole(0, 0x7fff_ffff),
});
export type Timer = z.output<typeof timer>;

export const NO_TIMER: Timer = { seconds: 0, version: 0 };

/** The change after `current`. */
export function changedTimer(current: Timer, seconds: TimerSeconds): Timer {
  return { seconds, version: current.version + 1 };
}

/**
 * Of two timers, the one that holds: the higher version, and of two changes made at once the shorter one, so that nobody's wish for less is lost.
 * The order in which a device learns of changes makes no difference.
 */
export function mergedTimer(current: Timer, other: Timer): Timer {
  if (other.version - current.version > MOST_MISSED_CHANGES) return current;
  if (other.version !== current.version) return other.version > current.version ? other : current;
  return effective(other) < effective(current) ? other : current;
}

/** The one under which less is kept. */
export function shorterTimer(one: Timer, other: Timer): Timer {
  if (effective(one) !== effective(other)) return effective(one) < effective(other) ? one : other;
  return one.version >= other.version ? one : other;
}

/** When a message with this timer disappears that was read (by its sender: accepted) at `time`; null: never. */
export function deadlineAfter({ seconds }: Timer, time: number): number | null {
  return seconds === 0 ? null : time + seconds * 1_000;
}

/** When a message that was written at `time` disappears if nobody reads it; null: never. */
export function unreadDeadline({ seconds }: Timer, time: number): number | null {
  return seconds === 0 ? null : time + UNREAD_MS;
}

/** The earlier of two deadlines, where null is never. */
export function earlier(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other;
  return Math.min(one, other);
}

const effective = ({ seconds }: Timer): number => (seconds === 0 ? Number.POSITIVE_INFINITY : seconds);
