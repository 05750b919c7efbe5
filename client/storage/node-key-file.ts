import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { KeyPlace } from './backend.ts';
import { StorageError } from './storage-error.ts';
import { importRoot } from './store-keys.ts';

const OWNER_ONLY = 0o600;
const GROUP_AND_OTHERS = 0o077;
const ROOT_BYTES = 32;

/** The root key in a file that only its owner can read. Whoever can read it can read the store: set a passphrase where that matters. */
export class KeyFile implements KeyPlace {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** @throws StorageError UNSAFE_KEY_FILE, WRONG_KEY when it is not 32 bytes, READ_FAILED */
  async load(): Promise<CryptoKey | undefined> {
    const file = await open(this.#path).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw new StorageError('READ_FAILED', 'the key file cannot be opened', error);
    });
    if (!file) return undefined;
    try {
      // Windows has no such permissions: the file has those of its folder.
      const { mode } = await file.stat();
      if (process.platform !== 'win32' && (mode & GROUP_AND_OTHERS) !== 0) {
        throw new StorageError('UNSAFE_KEY_FILE', 'the key file must be readable by its owner only (chmod 600)');
      }
      const root = new Uint8Array(await file.readFile());
      if (root.length !== ROOT_BYTES) throw new StorageError('WRONG_KEY', 'the key file does not hold a key');
      const key = await importRoot(root);
      root.fill(0);
      return key;
    } finally {
      await file.close();
    }
  }

  /** Under another name first: no crash leaves half a key. @throws StorageError WRITE_FAILED */
  async save(root: Uint8Array<ArrayBuffer>): Promise<void> {
    const written = `${this.#path}.new`;
    await writing(async () => {
      await rm(written, { force: true });
      const file = await open(written, 'wx', OWNER_ONLY);
      await file.writeFile(root);
      await file.sync();
      await file.close();
      await rename(written, this.#path);
      await syncDirectory(this.#path);
    });
  }

  /** @throws StorageError WRITE_FAILED */
  async remove(): Promise<void> {
    await writing(async () => {
      for (const path of [this.#path, `${this.#path}.new`]) await rm(path, { force: true });
      await syncDirectory(this.#path);
    });
  }
}

/** Makes the names in a directory durable; Windows does that by itself and cannot open directories. */
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const directory = await open(dirname(path));
  await directory.sync();
  await directory.close();
}

async function writing(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw new StorageError('WRITE_FAILED', 'the key file was not written', error);
  }
}

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';
