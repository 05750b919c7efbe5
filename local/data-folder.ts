import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, realpath } from 'node:fs/promises';
import { createServer } from 'node:net';
import { Refusal } from './refusal.ts';

/** A data folder that no other local cloud uses meanwhile. */
export interface DataFolder {
  directory: string;
  release(): Promise<void>;
}

/**
 * Takes a data folder, creating it when it is not there. The lock is a name in the kernel's list of abstract sockets: it goes with the process however
 * that ends, and leaves no file behind that could be stale.
 * @throws Refusal when another local cloud has it, or when it cannot be written
 */
export async function takeDataFolder(path: string): Promise<DataFolder> {
  const directory = await create(path);
  const name = createHash('sha256').update(directory).digest('hex');
  const lock = createServer();
  try {
    lock.listen(`\0sotto-data-${name}`);
    await once(lock, 'listening');
  } catch {
    throw new Refusal(
      `The data folder ${directory} is in use by another local cloud: end that one (Ctrl-C in its terminal), or start with another --data folder or with --ephemeral.`,
    );
  }
  lock.unref();
  return {
    directory,
    release: async () => {
      lock.close();
      await once(lock, 'close');
    },
  };
}

async function create(path: string): Promise<string> {
  try {
    await mkdir(path, { recursive: true });
    return await realpath(path);
  } catch (error) {
    throw new Refusal(`The data folder ${path} cannot be created (${String(error)}): choose another one with --data.`);
  }
}
