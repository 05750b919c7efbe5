import { ClassicLevel } from 'classic-level';
import type { Backend, BackendChange, BackendEntry, BackendRange } from './backend.ts';
import { StorageError } from './storage-error.ts';

type Level = ClassicLevel<string, Uint8Array>;

/** How long the remains of deleted and overwritten records may stay before the database is compacted. */
export const COMPACT_AFTER_MS = 60_000;
/** In the place of a collection's name: all of them. */
const EVERYTHING = '';
/** Present in a closed database without remains. Lies behind all records. */
const COMPACTED = '~compacted';

/** A store in LevelDB. Its lock file is held by the operating system, so it is free again when the process has died in any way. */
export class LevelBackend implements Backend {
  readonly #level: Level;
  /** Names of collections in which there may be remains. */
  readonly #dirty = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #compacting: Promise<void> = Promise.resolve();

  private constructor(level: Level) {
    this.#level = level;
  }

  /** @param directory made if it is not there. @throws StorageError IN_USE, READ_FAILED */
  static async open(directory: string): Promise<LevelBackend> {
    // Ciphertext does not shrink.
    const level: Level = new ClassicLevel(directory, { valueEncoding: 'view', compression: false });
    try {
      await level.open();
      const backend = new LevelBackend(level);
      // Without the mark, the last process did not come to compact what it left.
      if (!(await level.has(COMPACTED))) backend.#leaveRemains([EVERYTHING]);
      await level.del(COMPACTED, { sync: true });
      return backend;
    } catch (error) {
      await level.close();
      throw openingError(error);
    }
  }

  get(key: string): Promise<Uint8Array | undefined> {
    return reading(() => this.#level.get(key));
  }

  range({ from, to, reverse, limit }: BackendRange): Promise<BackendEntry[]> {
    return reading(() => this.#level.iterator({ gte: from, lt: to, reverse, limit }).all());
  }

  async write(changes: readonly BackendChange[]): Promise<void> {
    const keys = changes.map(([key]) => key);
    try {
      const existed = await this.#level.hasMany(keys);
      await this.#level.batch(changes.map(toOperation), { sync: true });
      this.#leaveRemains(keys.filter((_, i) => existed[i]).map(collectionOf));
    } catch (error) {
      throw new StorageError('WRITE_FAILED', 'the disk did not write', error);
    }
  }

  compact(): Promise<void> {
    this.#dirty.add(EVERYTHING);
    return this.#compactDirty();
  }

  async close(): Promise<void> {
    try {
      await this.#compactDirty();
      await this.#level.put(COMPACTED, new Uint8Array(), { sync: true });
    } finally {
      await this.#level.close();
    }
  }

  #leaveRemains(collections: readonly string[]): void {
    for (const name of collections) this.#dirty.add(name);
    if (collections.length === 0) return;
    // What fails here is tried again at the next write or when the store closes; it must not end the process.
    this.#timer ??= setTimeout(() => this.#compactDirty().catch(() => {}), COMPACT_AFTER_MS).unref();
  }

  #compactDirty(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const compacted = this.#compacting.catch(() => {}).then(() => this.#compactNow());
    this.#compacting = compacted;
    return compacted;
  }

  async #compactNow(): Promise<void> {
    const names = this.#dirty.has(EVERYTHING) ? [EVERYTHING] : [...this.#dirty];
    this.#dirty.clear();
    try {
      for (const name of names) await this.#compactCollection(name);
    } catch (error) {
      for (const name of names) this.#dirty.add(name);
      throw error;
    }
  }

  /**
   * LevelDB writes a memory table to disk with every overwritten record in it, and leaves a table on the deepest level alone until a newer
   * one overlaps it. So: everything to disk, then a table over the whole range that deletes two keys nobody has, then both into one.
   */
  async #compactCollection(name: string): Promise<void> {
    // '0' follows '/'.
    const [first, last] = name === EVERYTHING ? ['!', '~'] : [`${name}/`, `${name}0`];
    await this.#level.compactRange(first, last);
    await this.#level.batch([first, last].map((key) => ({ type: 'del', key })));
    await this.#level.compactRange(first, last);
  }
}

const collectionOf = (key: string): string => key.split('/', 1)[0] ?? key;

function toOperation([key, value]: BackendChange) {
  return value ? ({ type: 'put', key, value } as const) : ({ type: 'del', key } as const);
}

async function reading<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw new StorageError('READ_FAILED', 'the disk did not read', error);
  }
}

function openingError(error: unknown): StorageError {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'LEVEL_LOCKED') return new StorageError('IN_USE', 'another process has the store open', error);
  return new StorageError('READ_FAILED', 'the store cannot be opened', error);
}
