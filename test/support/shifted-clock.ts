import type { Clock } from '../../local/clock.ts';

/** The real time, which a test can move on: what is due by then is called at once. */
export class ShiftedClock implements Clock {
  #ahead = 0;
  readonly #timers = new Set<{ readonly at: number; fire: () => void }>();

  now(): number {
    return Date.now() + this.#ahead;
  }

  after(milliseconds: number, callback: () => void): () => void {
    const timer = { at: this.now() + milliseconds, fire: () => {} };
    const cancel = (): void => {
      clearTimeout(timeout);
      this.#timers.delete(timer);
    };
    timer.fire = () => {
      cancel();
      callback();
    };
    // A wait that Node cannot count in real time is one that only a test lets pass.
    const timeout = setTimeout(timer.fire, Math.min(milliseconds, 2 ** 31 - 1)).unref();
    this.#timers.add(timer);
    return cancel;
  }

  /** Lets time pass; timers that become due are called in their order. */
  advance(milliseconds: number): void {
    this.#ahead += milliseconds;
    const due = [...this.#timers].filter(({ at }) => at <= this.now()).sort((one, other) => one.at - other.at);
    for (const { fire } of due) fire();
  }
}
