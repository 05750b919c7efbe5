/** Work that nobody waits for at once, but that the end of the program may. */
export class Background {
  readonly #onFailure: (error: unknown) => void;
  readonly #running = new Set<Promise<void>>();

  constructor(onFailure: (error: unknown) => void) {
    this.#onFailure = onFailure;
  }

  run(work: Promise<void>): void {
    const done = work.catch(this.#onFailure).finally(() => this.#running.delete(done));
    this.#running.add(done);
  }

  /** Resolves when everything that runs now has ended. */
  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }
}
