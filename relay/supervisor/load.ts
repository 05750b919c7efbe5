import type { Counters } from '../machine/counters.ts';

/** How busy a relay is. */
export interface Load {
  /** The highest of the three shares below, in percent, 0 to 100. What clients are assigned by, and what the fleet grows by. */
  readonly load: number;
  readonly allocations: number;
  /** Of the busier direction, Mbit/s. */
  readonly megabits: number;
  /** Percent of the processors it may use. */
  readonly processor: number;
  /** Packets that were dropped since the last look. */
  readonly dropped: number;
}

export interface Capacity {
  readonly totalQuota: number;
  /** What the network carries for any length of time, Mbit/s. */
  readonly baselineMbit: number;
  readonly processors: number;
}

/** Tells the load since the last call. */
export type LoadMeter = () => Load;

/**
 * @param read the counters now
 * @param count allocations now
 * @param now milliseconds
 */
export function loadMeter(capacity: Capacity, read: () => Counters, count: () => number, now: () => number): LoadMeter {
  let last = { at: now(), counters: read() };
  return () => {
    const current = { at: now(), counters: read() };
    const load = loadBetween(capacity, last, current, count());
    last = current;
    return load;
  };
}

interface Look {
  /** Milliseconds. */
  readonly at: number;
  readonly counters: Counters;
}

/** Exported for its own test. */
export function loadBetween(capacity: Capacity, before: Look, after: Look, allocations: number): Load {
  const milliseconds = Math.max(after.at - before.at, 1);
  // A counter that has begun anew tells nothing.
  const grown = (name: keyof Counters): number => Math.max(after.counters[name] - before.counters[name], 0);
  const megabits = (Math.max(grown('received'), grown('sent')) * 8) / 1000 / milliseconds;
  const processor = (grown('processor') / milliseconds / capacity.processors) * 100;
  const shares = [(allocations / capacity.totalQuota) * 100, (megabits / capacity.baselineMbit) * 100, processor];
  return {
    load: Math.min(Math.round(Math.max(...shares)), 100),
    allocations,
    megabits: round(megabits),
    processor: round(processor),
    dropped: grown('dropped'),
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
