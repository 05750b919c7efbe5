import { chown, mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NOBODY } from './nobody.ts';

/** Every Linux container has it, in memory, and writable even where the rest is not. */
const MEMORY = '/dev/shm';

/** statfs's number for tmpfs. */
const TMPFS = 0x01021994;

/** A folder in memory that only coturn's user can look into. */
export interface Scratch {
  readonly folder: string;
  /** Writes a file that only coturn can read. Returns its path. */
  write(name: string, text: string): Promise<string>;
  /** Has a file made by what is given its path, for coturn alone. */
  make(name: string, maker: (path: string) => void): Promise<void>;
  /** Takes a file away again, when coturn has read it. */
  remove(name: string): Promise<void>;
  close(): Promise<void>;
}

/** @throws when there is no tmpfs: what is written to a disk can be found there later */
export async function openScratch(): Promise<Scratch> {
  if ((await statfs(MEMORY)).type !== TMPFS) throw new Error('no tmpfs');
  const folder = await mkdtemp(join(MEMORY, 'sotto-relay-'));
  const give = async (path: string): Promise<void> => {
    if (NOBODY !== undefined) await chown(path, NOBODY.uid, NOBODY.gid);
  };
  await give(folder);
  return {
    folder,
    async write(name, text) {
      const path = join(folder, name);
      await writeFile(path, text, { mode: 0o600, flag: 'wx' });
      await give(path);
      return path;
    },
    async make(name, maker) {
      const path = join(folder, name);
      maker(path);
      await give(path);
    },
    remove: (name) => rm(join(folder, name), { force: true }),
    close: () => rm(folder, { recursive: true, force: true }),
  };
}
