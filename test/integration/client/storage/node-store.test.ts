import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ClassicLevel } from 'classic-level';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { COMPACT_AFTER_MS, LevelBackend } from '../../../../client/storage/node-level-backend.ts';
import { changeNodePassphrase, openNodeStore } from '../../../../client/storage/node-store.ts';
import { utf8 } from '../../../../shared/protocol/bytes.ts';

const WRITER = fileURLToPath(new URL('../../../support/store-writer.ts', import.meta.url));

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sotto-store-'));
  return () => rm(directory, { recursive: true });
});

/** Starts the writer and kills it without warning some milliseconds after its nth batch. Returns the last batch it reported. */
async function writeAndKill(batches: number, milliseconds: number): Promise<number> {
  const child = spawn(process.execPath, [WRITER, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let reported = 0;
  let lines = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    reported = Number(line);
    // Not to wait for anything: the moment is to be any moment.
    if (++lines === batches) setTimeout(() => child.kill('SIGKILL'), milliseconds);
  }
  if (child.signalCode === null) await once(child, 'exit');
  return reported;
}

describe('a process that is killed while it writes', () => {
  it('has lost nothing that it was promised, and left no batch half written', async () => {
    for (const milliseconds of [0, 2, 5, 9, 14, 20, 27, 35]) {
      const reported = await writeAndKill(5, milliseconds);
      const store = await openNodeStore(directory);
      const log = await store.range('log', { group: 'log', limit: 10_000 });
      expect(log.length).toBeGreaterThanOrEqual(reported);
      expect(log.map(({ key }) => key.order)).toEqual(log.map((_, i) => i + 1));
      const copies = await store.range('copies', { group: 'g', limit: 100 });
      const newest = new Set(copies.map(({ value }) => new TextDecoder().decode(value)));
      expect([copies.length, ...newest]).toEqual([50, `batch ${log.length}`]);
      await store.close();
    }
  });
});

describe('the lock', () => {
  it('keeps a second process and a second opening out, and is free when the process was killed', async () => {
    const child = spawn(process.execPath, [WRITER, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    await expect(openNodeStore(directory)).rejects.toMatchObject({ code: 'IN_USE' });
    child.kill('SIGKILL');
    await once(child, 'exit');
    const store = await openNodeStore(directory);
    await expect(openNodeStore(directory)).rejects.toMatchObject({ code: 'IN_USE' });
    await expect(changeNodePassphrase(directory, undefined, { passphrase: 'x' })).rejects.toMatchObject({
      code: 'IN_USE',
    });
    await store.close();
    await (await openNodeStore(directory)).close();
  });

  it('is let go when opening fails', async () => {
    await (await openNodeStore(directory)).close();
    await chmod(join(directory, 'key'), 0o644);
    await expect(openNodeStore(directory)).rejects.toMatchObject({ code: 'UNSAFE_KEY_FILE' });
    await chmod(join(directory, 'key'), 0o600);
    await (await openNodeStore(directory)).close();
  });
});

describe('the key file', () => {
  it('is readable by its owner only', async () => {
    await (await openNodeStore(directory)).close();
    expect((await stat(join(directory, 'key'))).mode & 0o777).toBe(0o600);
    for (const mode of [0o604, 0o640, 0o620, 0o601]) {
      await chmod(join(directory, 'key'), mode);
      await expect(openNodeStore(directory)).rejects.toMatchObject({ code: 'UNSAFE_KEY_FILE' });
    }
  });

  it('is needed, whole and of this store', async () => {
    await (await openNodeStore(directory)).close();
    const path = join(directory, 'key');
    const key = await readFile(path);
    for (const [content, code] of [
      [key.subarray(1), 'WRONG_KEY'],
      [Buffer.concat([key, key]), 'WRONG_KEY'],
      [Buffer.alloc(32), 'WRONG_KEY'],
    ] as const) {
      await writeFile(path, content);
      await expect(openNodeStore(directory)).rejects.toMatchObject({ code });
    }
    await rm(path);
    await expect(openNodeStore(directory)).rejects.toMatchObject({ code: 'WRONG_KEY' });
    await writeFile(path, key, { mode: 0o600 });
    await (await openNodeStore(directory)).close();
  });

  it('is not taken for the key of a new store unless it is one', async () => {
    for (const key of ['', 'short']) {
      await writeFile(join(directory, 'key'), key, { mode: 0o600 });
      await expect(openNodeStore(directory)).rejects.toMatchObject({ code: 'WRONG_KEY' });
    }
  });

  it('is gone when there is a passphrase', async () => {
    await (await openNodeStore(directory)).close();
    await changeNodePassphrase(directory, undefined, { passphrase: 'x' });
    expect(await readdir(directory)).toEqual(['records']);
  });

  it('lies in a directory that only its owner can enter', async () => {
    const inside = join(directory, 'new');
    await (await openNodeStore(inside)).close();
    expect((await stat(inside)).mode & 0o777).toBe(0o700);
  });
});

describe('deleted and overwritten records', () => {
  /** The bytes of a record as they lie on the disk. */
  async function sealedRecord(backend: LevelBackend): Promise<Buffer> {
    const [entry] = await backend.range({ from: 'notes/', to: 'notes0', reverse: false, limit: 1 });
    if (!entry) throw new Error('no record');
    return Buffer.from(entry[1]);
  }

  async function onDisk(sealed: Buffer): Promise<boolean> {
    const files = await readdir(join(directory, 'records'));
    const contents = await Promise.all(files.map((file) => readFile(join(directory, 'records', file))));
    return contents.some((content) => content.includes(sealed));
  }

  const key = 'notes/x';
  const changes = { deleted: undefined, overwritten: utf8('after') };

  it.each(
    Object.entries(changes),
  )('are on the disk until the database is compacted, and not after it: %s', async (_, value) => {
    const backend = await LevelBackend.open(join(directory, 'records'));
    await backend.write([[key, utf8('a record that will be no more')]]);
    const sealed = await sealedRecord(backend);
    await backend.write([[key, value]]);
    expect(await onDisk(sealed)).toBe(true);
    await backend.compact();
    expect(await onDisk(sealed)).toBe(false);
    await backend.close();
  });

  it.each(Object.entries(changes))('are gone from the disk when the store was closed: %s', async (_, value) => {
    const backend = await LevelBackend.open(join(directory, 'records'));
    await backend.write([[key, utf8('a record that will be no more')]]);
    const sealed = await sealedRecord(backend);
    await backend.compact();
    await backend.write([[key, value]]);
    expect(await onDisk(sealed)).toBe(true);
    await backend.close();
    expect(await onDisk(sealed)).toBe(false);
  });

  it('are gone after compacting a database that is larger than its memory table', async () => {
    const backend = await LevelBackend.open(join(directory, 'records'));
    const old = Array.from({ length: 40 }, (_, i) => Buffer.from(`a ratchet state that was overwritten: ${i} of 40 `));
    for (const [i, state] of old.entries()) {
      const bulk = Array.from(
        { length: 20 },
        (_, j) => [`bulk/${i}-${j}`, crypto.getRandomValues(new Uint8Array(10_000))] as const,
      );
      await backend.write([['notes/x', state], ...bulk]);
    }
    await backend.write([['notes/x', utf8('the last state')]]);
    await backend.compact();
    for (const state of old) expect(await onDisk(state), String(state)).toBe(false);
    expect(await onDisk(Buffer.from('the last state'))).toBe(true);
    expect((await backend.range({ from: 'bulk/', to: 'bulk0', reverse: false, limit: 10_000 })).length).toBe(800);
    await backend.close();
  });

  it('are compacted some time after by itself, also what a killed process left', async () => {
    await writeAndKill(3, 0);
    const overwritten = vi.spyOn(ClassicLevel.prototype, 'compactRange');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const killed = await openNodeStore(directory);
    await vi.advanceTimersByTimeAsync(COMPACT_AFTER_MS);
    expect(overwritten.mock.calls[0]).toEqual(['!', '~']);
    await killed.close();
    overwritten.mockClear();
    const store = await openNodeStore(directory);
    await store.batch([{ put: 'notes', key: { group: 'g' }, value: utf8('before') }]);
    await vi.advanceTimersByTimeAsync(2 * COMPACT_AFTER_MS);
    expect(overwritten).not.toHaveBeenCalled();
    await store.batch([{ put: 'notes', key: { group: 'g' }, value: utf8('after') }]);
    await vi.advanceTimersByTimeAsync(COMPACT_AFTER_MS - 1);
    expect(overwritten).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(overwritten.mock.calls[0]).toEqual(['notes/', 'notes0']);
    await store.close();
  });
});
