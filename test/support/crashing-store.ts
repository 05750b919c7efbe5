import type {
  RangeOptions,
  RecordKey,
  RecordReader,
  RecordStore,
  RecordWrite,
} from '../../client/storage/record-store.ts';

/** The program has ended here. */
export class Crash extends Error {}

/**
 * A store in which a program ends: at its `at`-th operation from now (reads in an update count), before it has any effect; for a write also
 * right after it is durable. From then on nothing works any more.
 */
export class CrashingStore implements RecordStore {
  readonly #inner: RecordStore;
  readonly #ended = Promise.withResolvers<void>();
  #left: number;

  /** @param at default: never, until it is armed */
  constructor(inner: RecordStore, at: number = Number.POSITIVE_INFINITY) {
    this.#inner = inner;
    this.#left = at;
  }

  /** Resolves when the program has ended here. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  arm(at: number): void {
    this.#left = at;
  }

  /** Whether the program has ended here. If not, it will not any more; one that has ended stays so, whatever of it is still under way. */
  spare(): boolean {
    const crashed = this.#left < 0;
    if (!crashed) this.#left = Number.POSITIVE_INFINITY;
    return crashed;
  }

  async get(collection: string, key: RecordKey): Promise<Uint8Array | undefined> {
    return this.#reading(this.#inner).get(collection, key);
  }

  async range(collection: string, options: RangeOptions) {
    return this.#reading(this.#inner).range(collection, options);
  }

  batch(writes: readonly RecordWrite[]): Promise<void> {
    return this.update(async () => writes);
  }

  async update(decide: (read: RecordReader) => Promise<readonly RecordWrite[]>): Promise<void> {
    await this.#inner.update(async (read) => {
      const writes = await decide(this.#reading(read));
      this.#step();
      return writes;
    });
    this.#step();
  }

  compact(): Promise<void> {
    return this.#inner.compact();
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  #reading(read: RecordReader): RecordReader {
    return {
      get: async (collection, key) => {
        this.#step();
        return read.get(collection, key);
      },
      range: async (collection, options) => {
        this.#step();
        return read.range(collection, options);
      },
    };
  }

  #step(): void {
    this.#left -= 1;
    if (this.#left >= 0) return;
    this.#ended.resolve();
    throw new Crash('the program has ended');
  }
}
