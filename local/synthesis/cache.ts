import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';

export interface CacheOptions {
  /** Folder that keeps the assemblies. */
  directory: string;
  /** Files and folders that decide about the outcome, relative to the root. */
  inputs: readonly string[];
  root: string;
  /** Anything else that decides about it, such as the stage. */
  variant: string;
  /** Called when nothing usable is kept, before the work begins. */
  onMiss?(): void;
  /** Writes an assembly into an empty folder. */
  synthesize(output: string): Promise<void>;
}

/** An assembly that was not used for this long is deleted, milliseconds. One that another process runs from must stay. */
const UNUSED = 7 * 24 * 60 * 60_000;

/** The assembly for the inputs as they are now; it is made only when their content has changed. */
export async function cachedAssembly(options: CacheOptions): Promise<string> {
  const { directory, synthesize } = options;
  await mkdir(directory, { recursive: true });
  const assembly = join(directory, await contentHash(options));
  if (!existsSync(assembly)) {
    options.onMiss?.();
    // Made aside and put in place at once: neither a crash nor a second process ever sees half of it.
    const temporary = await mkdtemp(join(directory, 'making-'));
    try {
      await synthesize(temporary);
      await rename(temporary, assembly);
    } catch (error) {
      await rm(temporary, { recursive: true, force: true });
      if (!existsSync(assembly)) throw error;
    }
  }
  await utimes(assembly, new Date(), new Date());
  await prune(directory);
  return assembly;
}

async function contentHash({ root, inputs, variant }: CacheOptions): Promise<string> {
  const hash = createHash('sha256').update(`${variant}\0${process.version}\0`);
  for (const input of inputs) {
    for (const file of await filesUnder(root, input)) {
      hash.update(`${file}\0`).update(
        createHash('sha256')
          .update(await readFile(join(root, file)))
          .digest(),
      );
    }
  }
  return hash.digest('hex').slice(0, 32);
}

/** Files at or below a path, relative to the root, in a fixed order. */
async function filesUnder(root: string, path: string): Promise<string[]> {
  const found = await stat(join(root, path)).catch(() => undefined);
  if (!found) return [];
  if (!found.isDirectory()) return [path];
  const entries = await readdir(join(root, path), { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
  return files.sort();
}

async function prune(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const used = await stat(join(directory, name)).catch(() => undefined);
    if (used && Date.now() - used.mtimeMs > UNUSED) await rm(join(directory, name), { recursive: true, force: true });
  }
}
