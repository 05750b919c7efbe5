/** Work that nobody waits for; what fails of it is told. */
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

  /** Resolves when all that runs now is done. */
  async done(): Promise<void> {
    await Promise.allSettled(this.#running);
  }
}
