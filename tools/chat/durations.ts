import { TIMER_SECONDS, type TimerSeconds } from '../../client/index.ts';

const UNITS = [
  ['w', 7 * 24 * 60 * 60],
  ['d', 24 * 60 * 60],
  ['h', 60 * 60],
  ['m', 60],
  ['s', 1],
] as const;

/** `30s`, `4w`, `off`. */
export function durationName(seconds: TimerSeconds): string {
  if (seconds === 0) return 'off';
  const [unit, size] = UNITS.find(([, size]) => seconds % size === 0) ?? ['s', 1];
  return `${seconds / size}${unit}`;
}

/** Undefined for what is not one of the times there are. */
export function parseDuration(text: string): TimerSeconds | undefined {
  return TIMER_SECONDS.find((seconds) => durationName(seconds) === text);
}
