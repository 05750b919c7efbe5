import type { BackendChange } from './backend.ts';
import { allEntries, type Header, headerChange, keyHeader, passphraseHeader, readHeader } from './header.ts';
import { type StoreParts, unlock } from './open-store.ts';
import { type StoreLock, unwrapRootBytes, wrapRoot } from './passphrase.ts';
import { keyAt, openRecord, sealRecord } from './record-cipher.ts';
import { placeOf } from './record-place.ts';
import { StorageError } from './storage-error.ts';
import { deriveStoreKeys, generateRoot, importRoot, type StoreKeys } from './store-keys.ts';

/**
 * Sets, changes or removes the passphrase of a store that nobody uses, and closes the backend. A crash leaves the store with the
 * old passphrase or with the new one.
 *
 * A first passphrase encrypts every record anew, because the key lay unprotected until then; it holds all of them in memory for that.
 * Changing the passphrase wraps the same root key again: who has an old copy of the header and the old passphrase can still open the store.
 *
 * @param current undefined for a store without a passphrase
 * @param next without a passphrase to remove it
 * @throws StorageError as `openStore`; INVALID_ARGUMENT when the store does not exist
 */
export async function changePassphrase(parts: StoreParts, current: string | undefined, next: StoreLock): Promise<void> {
  try {
    const header = await readHeader(parts.backend);
    if (header?.lock === 'passphrase' && current !== undefined) return await changeLock(parts, header, current, next);
    const keys = await unlock(parts, current);
    if (!keys) throw new StorageError('INVALID_ARGUMENT', 'there is no store');
    await lock(parts, keys, next);
  } finally {
    await parts.backend.close();
  }
}

async function lock({ backend, keyPlace }: StoreParts, old: StoreKeys, next: StoreLock): Promise<void> {
  if (next.passphrase === undefined) return;
  const root = generateRoot();
  try {
    const header = passphraseHeader(await wrapRoot(root, next.passphrase, next.cost));
    const fresh = await deriveStoreKeys(await importRoot(root));
    const entries = await allEntries(backend);
    const moved = await Promise.all(entries.map(([place, sealed]) => reseal(place, sealed, old, fresh)));
    const deleted = entries.map(([place]): BackendChange => [place, undefined]);
    await backend.write([...deleted, ...moved, headerChange(header)]);
    await keyPlace.remove();
    await backend.compact();
  } finally {
    root.fill(0);
  }
}

async function reseal(place: string, sealed: Uint8Array, old: StoreKeys, fresh: StoreKeys): Promise<BackendChange> {
  const [collection = ''] = place.split('/');
  const content = await openRecord(old.records, place, sealed);
  const to = await placeOf(fresh.names, collection, keyAt(place, content));
  return [to, await sealRecord(fresh.records, to, content)];
}

async function changeLock(
  { backend, keyPlace }: StoreParts,
  header: Header & { readonly lock: 'passphrase' },
  current: string,
  next: StoreLock,
): Promise<void> {
  const root = await unwrapRootBytes(header.root, current);
  try {
    if (next.passphrase !== undefined) {
      const wrapped = await wrapRoot(root, next.passphrase, next.cost);
      return await backend.write([headerChange(passphraseHeader(wrapped))]);
    }
    // The key before the header that needs it: a crash between them leaves the passphrase in force, and the next opening removes the key.
    await keyPlace.save(root);
    await backend.write([headerChange(await keyHeader(await deriveStoreKeys(await importRoot(root))))]);
  } finally {
    root.fill(0);
  }
}
