import type { Backend, KeyPlace } from './backend.ts';
import { EncryptedStore } from './encrypted-store.ts';
import { headerChange, keyHeader, passphraseHeader, readHeader, requireKeysOf } from './header.ts';
import { type StoreLock, unwrapRoot, wrapRoot } from './passphrase.ts';
import type { RecordStore } from './record-store.ts';
import { StorageError } from './storage-error.ts';
import { deriveStoreKeys, generateRoot, importRoot, type StoreKeys } from './store-keys.ts';

export interface StoreParts {
  readonly backend: Backend;
  readonly keyPlace: KeyPlace;
}

/**
 * Opens a store, or makes one where there is none: with a passphrase when one is given. Closes the backend when it fails.
 *
 * @throws StorageError LOCKED, WRONG_PASSPHRASE, WRONG_KEY, UNKNOWN_VERSION, CORRUPT_HEADER
 */
export async function openStore(parts: StoreParts, lock: StoreLock = {}): Promise<RecordStore> {
  try {
    const keys = (await unlock(parts, lock.passphrase)) ?? (await create(parts, lock));
    return new EncryptedStore(parts.backend, keys);
  } catch (error) {
    await parts.backend.close();
    throw error;
  }
}

/** The keys of a store that exists. @throws StorageError as {@link openStore} */
export async function unlock({ backend, keyPlace }: StoreParts, passphrase?: string): Promise<StoreKeys | undefined> {
  const header = await readHeader(backend);
  if (!header) return undefined;
  if (header.lock === 'passphrase') {
    if (passphrase === undefined) throw new StorageError('LOCKED', 'the store needs its passphrase');
    const keys = await deriveStoreKeys(await unwrapRoot(header.root, passphrase));
    // A crash while the passphrase was being set or removed may have left the key.
    await keyPlace.remove();
    return keys;
  }
  if (passphrase !== undefined) throw new StorageError('WRONG_PASSPHRASE', 'the store has no passphrase');
  const root = await keyPlace.load();
  if (!root) throw new StorageError('WRONG_KEY', 'the key of the store is missing');
  const keys = await deriveStoreKeys(root);
  await requireKeysOf(header, keys);
  return keys;
}

async function create({ backend, keyPlace }: StoreParts, { passphrase, cost }: StoreLock): Promise<StoreKeys> {
  const bytes = generateRoot();
  try {
    if (passphrase !== undefined) {
      await backend.write([headerChange(passphraseHeader(await wrapRoot(bytes, passphrase, cost)))]);
      return await deriveStoreKeys(await importRoot(bytes));
    }
    // The key before the header that needs it. One that a crash left between the two is as good as a new one.
    const left = await keyPlace.load();
    if (!left) await keyPlace.save(bytes);
    const keys = await deriveStoreKeys(left ?? (await importRoot(bytes)));
    await backend.write([headerChange(await keyHeader(keys))]);
    return keys;
  } finally {
    bytes.fill(0);
  }
}
