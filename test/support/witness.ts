import type { Observation, Observe } from '../../local/faults/observation.ts';

/** Sees everything that the local cloud reports, and waits for what has not happened yet. */
export class Witness {
  readonly seen: Observation[] = [];
  readonly #waiting = new Set<{ fits: (observation: Observation) => boolean; resolve: () => void }>();

  readonly observe: Observe = (observation) => {
    this.seen.push(observation);
    for (const waiting of [...this.#waiting]) {
      if (!waiting.fits(observation)) continue;
      this.#waiting.delete(waiting);
      waiting.resolve();
    }
  };

  /** Resolves with the next happening that fits. */
  next(fits: (observation: Observation) => boolean): Promise<void> {
    return new Promise((resolve) => this.#waiting.add({ fits, resolve }));
  }

  /** Resolves when the function has been told of the next connection that closes. */
  disconnected(): Promise<void> {
    return this.next((seen) => seen.type === 'invocation' && seen.trigger === '$disconnect');
  }

  count(fits: (observation: Observation) => boolean): number {
    return this.seen.filter(fits).length;
  }
}
