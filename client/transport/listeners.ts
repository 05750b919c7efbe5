/** Those who want to hear of something, in the order in which they came. */
export class Listeners<Value> {
  readonly #all = new Set<(value: Value) => void>();

  /** The function returned stops it. */
  add(listener: (value: Value) => void): () => void {
    const own = (value: Value) => listener(value);
    this.#all.add(own);
    return () => this.#all.delete(own);
  }

  /** An error in one listener reaches the platform's handler of uncaught errors, and neither the others nor the caller. */
  tell(value: Value): void {
    for (const listener of [...this.#all]) {
      try {
        listener(value);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
