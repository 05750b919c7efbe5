import { type DBSchema, type IDBPDatabase, type IDBPTransaction, openDB } from 'idb';
import type { Backend, BackendChange, BackendEntry, BackendRange, KeyPlace } from './backend.ts';
import { StorageError } from './storage-error.ts';
import { importRoot } from './store-keys.ts';

interface Schema extends DBSchema {
  records: { key: string; value: Uint8Array };
  keys: { key: string; value: CryptoKey };
  owner: { key: string; value: string };
}
type StoreName = 'records' | 'keys';
type Transaction = IDBPTransaction<Schema, (StoreName | 'owner')[], 'readwrite'>;

const DATABASE_VERSION = 1;
const ROOT = 'root';
const OWNER = 'owner';

/** A store in IndexedDB. The root key lies in it as a key that scripts can use and not extract. */
export class IndexedDb implements Backend {
  readonly #database: IDBPDatabase<Schema>;
  readonly #owner: string;
  readonly #onClose: () => void;

  private constructor(database: IDBPDatabase<Schema>, owner: string, onClose: () => void) {
    this.#database = database;
    this.#owner = owner;
    this.#onClose = onClose;
  }

  /** From here on, writes of whoever had opened the database before are refused. @throws StorageError READ_FAILED, WRITE_FAILED, UNKNOWN_VERSION */
  static async open(name: string, onClose: () => void = () => {}): Promise<IndexedDb> {
    const owner = crypto.randomUUID();
    try {
      const database = await openDB<Schema>(name, DATABASE_VERSION, {
        upgrade(created) {
          for (const store of ['records', 'keys', 'owner'] as const) created.createObjectStore(store);
        },
      });
      // A later version of the program in another tab, or the person clearing the site's data, must not wait for this tab.
      database.addEventListener('versionchange', () => database.close());
      await database.put('owner', owner, OWNER).catch((error: unknown) => {
        database.close();
        throw error;
      });
      return new IndexedDb(database, owner, onClose);
    } catch (error) {
      onClose();
      throw openingError(error);
    }
  }

  readonly keyPlace: KeyPlace = {
    load: () => this.#reading(() => this.#database.get('keys', ROOT)),
    save: async (root) => {
      const key = await importRoot(root);
      await this.#writing('keys', (transaction) => [transaction.objectStore('keys').put(key, ROOT)]);
    },
    remove: () => this.#writing('keys', (transaction) => [transaction.objectStore('keys').delete(ROOT)]),
  };

  get(key: string): Promise<Uint8Array | undefined> {
    return this.#reading(() => this.#database.get('records', key));
  }

  async range({ from, to, reverse, limit }: BackendRange): Promise<BackendEntry[]> {
    if (from >= to) return [];
    const places = IDBKeyRange.bound(from, to, false, true);
    return this.#reading(() => (reverse ? this.#lastEntries(places, limit) : this.#firstEntries(places, limit)));
  }

  write(changes: readonly BackendChange[]): Promise<void> {
    return this.#writing('records', (transaction) => {
      const records = transaction.objectStore('records');
      return changes.map(([key, value]) => {
        const request: Promise<unknown> = value ? records.put(value, key) : records.delete(key);
        // Fails with its transaction, also when a later request is refused and nobody waits for this one any more.
        request.catch(() => {});
        return request;
      });
    });
  }

  /** Browsers compact when they like; a page has no way to ask. */
  async compact(): Promise<void> {}

  async close(): Promise<void> {
    this.#database.close();
    this.#onClose();
  }

  async #firstEntries(places: IDBKeyRange, limit: number): Promise<BackendEntry[]> {
    const { store } = this.#database.transaction('records');
    // `getAll` counts in 32 bits.
    const count = Math.min(limit, 0xff_ff_ff_ff);
    const [keys, values] = await Promise.all([store.getAllKeys(places, count), store.getAll(places, count)]);
    return keys.map((key, i): BackendEntry => [key, values[i] ?? new Uint8Array()]);
  }

  async #lastEntries(places: IDBKeyRange, limit: number): Promise<BackendEntry[]> {
    const entries: BackendEntry[] = [];
    let cursor = await this.#database.transaction('records').store.openCursor(places, 'prev');
    while (cursor) {
      entries.push([cursor.key, cursor.value]);
      cursor = entries.length < limit ? await cursor.continue() : null;
    }
    return entries;
  }

  async #reading<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      throw new StorageError('READ_FAILED', 'the browser did not read', error);
    }
  }

  /** The owner is read in the transaction that writes: however late a tab notices that it lost the store, it writes nothing. */
  async #writing(store: StoreName, work: (transaction: Transaction) => Promise<unknown>[]): Promise<void> {
    let transaction: Transaction | undefined;
    try {
      transaction = this.#database.transaction([store, 'owner'], 'readwrite', { durability: 'strict' });
      const owner = await transaction.objectStore('owner').get(OWNER);
      if (owner !== this.#owner) throw new StorageError('TAKEN_OVER', 'another tab has opened the store since');
      await Promise.all([...work(transaction), transaction.done]);
    } catch (error) {
      if (transaction) abort(transaction);
      if (error instanceof StorageError) throw error;
      throw new StorageError('WRITE_FAILED', 'the browser did not write', error);
    }
  }
}

/** A request that the browser refuses at once does not end its transaction: what was asked for before would be committed. */
function abort(transaction: Transaction): void {
  transaction.done.catch(() => {});
  try {
    transaction.abort();
  } catch {
    // It has ended already.
  }
}

function openingError(error: unknown): StorageError {
  const later = error instanceof DOMException && error.name === 'VersionError';
  if (later) return new StorageError('UNKNOWN_VERSION', 'the store was written by a later version', error);
  return new StorageError('READ_FAILED', 'the browser did not open the store', error);
}
