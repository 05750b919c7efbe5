import { ClassicLevel } from 'classic-level';
import type { Backend, BackendChange, BackendEntry, BackendRange } from './backend.ts';
import { StorageError } from './storage-error.ts';

type Level = ClassicLevel<string, Uint8Array>;

/** How long the remains of deleted and overwritten records may stay before the database is compacted. */
export const COMPACT_AFTER_MS = 60_000;
const EVERYTHING = '';

/** A store in LevelDB. Its lock file is held by the operating system, so it is free again when the process has died in any way. */
export class LevelBackend implements Backend {
  readonly #level: Level;
  /** Beginnings of keys under which there may be remains. What an earlier process left is not known: everything. */
  readonly #dirty = new Set([EVERYTHING]);
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
    } catch (error) {
      throw openingError(error);
    }
    const backend = new LevelBackend(level);
    backend.#compactLater();
    return backend;
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
      this.#leaveRemains(keys.filter((_, i) => existed[i]));
    } catch (error) {
      throw new StorageError('WRITE_FAILED', 'the disk did not write', error);
    }
  }

  compact(): Promise<void> {
    this.#dirty.add(EVERYTHING);
    return this.#compactDirty();
  }

  async close(): Promise<void> {
    await this.#compactDirty().finally(() => this.#level.close());
  }

  #leaveRemains(keys: readonly string[]): void {
    for (const key of keys) this.#dirty.add(key.split('/', 1)[0] ?? key);
    if (keys.length > 0) this.#compactLater();
  }

  #compactLater(): void {
    // What fails here is tried again at the next write or when the store closes; it must not end the process.
    this.#timer ??= setTimeout(() => this.#compactDirty().catch(() => {}), COMPACT_AFTER_MS).unref();
  }

  #compactDirty(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const starts = this.#dirty.has(EVERYTHING) ? [EVERYTHING] : [...this.#dirty];
    this.#dirty.clear();
    const compacted = this.#compacting.catch(() => {}).then(() => this.#compactAll(starts));
    this.#compacting = compacted;
    return compacted;
  }

  async #compactAll(starts: readonly string[]): Promise<void> {
    // '0' follows the '/' behind a collection's name; '~' follows everything.
    for (const start of starts) await this.#level.compactRange(start, start === EVERYTHING ? '~' : `${start}0`);
  }
}

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
