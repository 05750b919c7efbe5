import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { changePassphrase } from './change-passphrase.ts';
import { KeyFile } from './node-key-file.ts';
import { LevelBackend } from './node-level-backend.ts';
import { openStore, type StoreParts } from './open-store.ts';
import type { StoreLock } from './passphrase.ts';
import type { RecordStore } from './record-store.ts';

/**
 * The store in this directory; made, readable by its owner only, where there is none. Without a passphrase its key lies beside it in
 * the file `key`.
 *
 * @throws StorageError IN_USE, LOCKED, WRONG_PASSPHRASE, WRONG_KEY, UNSAFE_KEY_FILE, UNKNOWN_VERSION, CORRUPT_HEADER, READ_FAILED
 */
export async function openNodeStore(directory: string, lock: StoreLock = {}): Promise<RecordStore> {
  return openStore(await partsOf(directory), lock);
}

/** Sets, changes or removes the passphrase of a store that nobody has open. @throws StorageError as {@link changePassphrase}, and IN_USE */
export async function changeNodePassphrase(
  directory: string,
  current: string | undefined,
  next: StoreLock,
): Promise<void> {
  await changePassphrase(await partsOf(directory), current, next);
}

async function partsOf(directory: string): Promise<StoreParts> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const backend = await LevelBackend.open(join(directory, 'records'));
  return { backend, keyPlace: new KeyFile(join(directory, 'key')) };
}
