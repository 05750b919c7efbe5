import type { Clock } from '../../local/clock.ts';

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  #now: number;
  readonly #timers = new Set<{ at: number; callback: () => void }>();

  /** @param start milliseconds since 1970; default: the real time, because the functions have only that */
  constructor(start = Date.now()) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, callback: () => void): () => void {
    const timer = { at: this.#now + milliseconds, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Lets time pass; timers that become due are called in their order, also those that others set on the way. */
  advance(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (let due = this.#nextUntil(end); due; due = this.#nextUntil(end)) {
      this.#timers.delete(due);
      this.#now = due.at;
      due.callback();
    }
    this.#now = end;
  }

  #nextUntil(end: number): { at: number; callback: () => void } | undefined {
    return [...this.#timers].filter(({ at }) => at <= end).sort((left, right) => left.at - right.at)[0];
  }
}
