import type { Clock } from './clock.ts';

/** Whether this relay is to end, and until when. */
export class DrainOrder {
  readonly #clock: Clock;
  readonly #begun = Promise.withResolvers<void>();
  #since: number | undefined;
  #deadline = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Orders the drain, or shortens one that is under way. @param patience milliseconds from now until whoever is left loses the call */
  give(patience: number): void {
    this.#deadline = Math.min(this.#deadline, this.#clock.now() + patience);
    this.#since ??= this.#clock.now();
    this.#begun.resolve();
  }

  /** Resolves when the drain is ordered. */
  get begun(): Promise<void> {
    return this.#begun.promise;
  }

  /** Milliseconds since 1970; undefined while there is no order. */
  get since(): number | undefined {
    return this.#since;
  }

  get isOver(): boolean {
    return this.#clock.now() >= this.#deadline;
  }
}
