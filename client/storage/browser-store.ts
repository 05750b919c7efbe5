import { changePassphrase } from './change-passphrase.ts';
import { IndexedDb } from './indexed-db.ts';
import { openStore } from './open-store.ts';
import type { StoreLock } from './passphrase.ts';
import type { RecordStore } from './record-store.ts';
import { acquireTabLock, type TabLock } from './tab-lock.ts';

/** The passphrase is needed when the store has one, and makes a new store with one. */
export interface BrowserStoreOptions extends StoreLock {
  /** When another tab has the store: ask it to let go, and take the store if it does not within five seconds. Without it: IN_USE. */
  readonly takeOver?: boolean;
  /**
   * Another tab takes over: stop using the store. It is closed when the promise resolves, and refuses to write after five seconds at
   * the latest.
   */
  readonly onTakenOver?: () => Promise<void>;
}

/**
 * The store of this name in this browser profile; made where there is none.
 *
 * @throws StorageError IN_USE, LOCKED, WRONG_PASSPHRASE, WRONG_KEY, UNKNOWN_VERSION, CORRUPT_HEADER, READ_FAILED
 */
export async function openBrowserStore(name: string, options: BrowserStoreOptions = {}): Promise<RecordStore> {
  const database = databaseName(name);
  const asked = Promise.withResolvers<void>();
  const lock = await acquireTabLock(database, { takeOver: options.takeOver ?? false, onTakenOver: asked.resolve });
  const backend = await openDatabase(database, lock);
  const store = await openStore({ backend, keyPlace: backend.keyPlace }, options);
  asked.promise.then(() => options.onTakenOver?.()).finally(() => store.close());
  return store;
}

/** Sets, changes or removes the passphrase of a store that no tab has open. @throws StorageError as {@link changePassphrase}, and IN_USE */
export async function changeBrowserPassphrase(
  name: string,
  current: string | undefined,
  next: StoreLock,
): Promise<void> {
  const database = databaseName(name);
  const lock = await acquireTabLock(database, { takeOver: false, onTakenOver: () => {} });
  const backend = await openDatabase(database, lock);
  await changePassphrase({ backend, keyPlace: backend.keyPlace }, current, next);
}

function openDatabase(database: string, lock: TabLock): Promise<IndexedDb> {
  return IndexedDb.open(database, () => lock.release());
}

const databaseName = (name: string): string => `sotto-store/${name}`;
