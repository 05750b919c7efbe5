import { describe, expect, it } from 'vitest';
import type { Backend, BackendChange, KeyPlace } from '../../../../client/storage/backend.ts';
import { changePassphrase } from '../../../../client/storage/change-passphrase.ts';
import { MemoryBackend, MemoryKeyPlace } from '../../../../client/storage/memory-store.ts';
import { openStore, type StoreParts } from '../../../../client/storage/open-store.ts';
import type { StoreLock } from '../../../../client/storage/passphrase.ts';
import { utf8 } from '../../../../shared/protocol/bytes.ts';

const cheap = (passphrase: string): StoreLock => ({ passphrase, cost: { memoryKiB: 19_456, passes: 2, lanes: 1 } });
const KEY = { group: 'g', order: 1, name: 'n' };

/** The disk of a machine that loses power at a chosen moment: after so many writes nothing gets through any more. */
class FailingMachine {
  readonly disk = new MemoryBackend();
  readonly keys = new MemoryKeyPlace();
  writesLeft = Number.POSITIVE_INFINITY;
  writes = 0;

  /** What a program sees that runs until the power goes. */
  get parts(): StoreParts {
    const { disk, keys } = this;
    const backend: Backend = {
      get: (key) => disk.get(key),
      range: (range) => disk.range(range),
      write: (changes: readonly BackendChange[]) => this.#write(() => disk.write(changes)),
      compact: () => disk.compact(),
      close: () => disk.close(),
    };
    const keyPlace: KeyPlace = {
      load: () => keys.load(),
      save: (root) => this.#write(() => keys.save(root)),
      remove: () => this.#write(() => keys.remove()),
    };
    return { backend, keyPlace };
  }

  async #write(work: () => Promise<void>): Promise<void> {
    if (this.writesLeft === 0) throw new Error('no power');
    this.writesLeft -= 1;
    this.writes += 1;
    await work();
  }
}

async function machineWithRecord(lock: StoreLock): Promise<FailingMachine> {
  const machine = new FailingMachine();
  const store = await openStore(machine.parts, lock);
  await store.batch([{ put: 'notes', key: KEY, value: utf8('kept') }]);
  await store.close();
  machine.writes = 0;
  return machine;
}

/** Opens with each of the locks; gives what it finds, and the names of the errors. */
async function tryAll(machine: FailingMachine, locks: readonly StoreLock[]) {
  machine.writesLeft = Number.POSITIVE_INFINITY;
  const found: string[] = [];
  for (const lock of locks) {
    const opened = await openStore(machine.parts, lock).catch(() => undefined);
    if (!opened) continue;
    const value = await opened.get('notes', KEY);
    found.push(`${lock.passphrase ?? 'no passphrase'}: ${new TextDecoder().decode(value)}`);
    await opened.close();
  }
  return found;
}

describe('a crash between any two writes', () => {
  const kinds: [string, StoreLock][] = [
    ['without a passphrase', {}],
    ['with a passphrase', cheap('one')],
  ];
  it.each(kinds)('of making a store %s leaves none or a good one', async (_, lock) => {
    for (let writes = 0; ; writes++) {
      const machine = new FailingMachine();
      machine.writesLeft = writes;
      const made = await openStore(machine.parts, lock).catch(() => undefined);
      machine.writesLeft = Number.POSITIVE_INFINITY;
      const store = await openStore(machine.parts, lock);
      await store.batch([{ put: 'notes', key: KEY, value: utf8('kept') }]);
      await store.close();
      const again = await openStore(machine.parts, lock);
      expect(await again.get('notes', KEY)).toEqual(utf8('kept'));
      if (made) return expect(writes).toBe(lock.passphrase === undefined ? 2 : 1);
    }
  });

  const changes: [string, StoreLock, StoreLock, number][] = [
    ['setting', {}, cheap('two'), 2],
    ['changing', cheap('one'), cheap('two'), 1],
    ['removing', cheap('one'), {}, 2],
  ];
  it.each(
    changes,
  )('of %s a passphrase leaves the old one or the new one, never both or none', async (_, before, after, steps) => {
    for (let writes = 0; ; writes++) {
      const machine = await machineWithRecord(before);
      machine.writesLeft = writes;
      const changed = await changePassphrase(machine.parts, before.passphrase, after).then(
        () => true,
        () => false,
      );
      const found = await tryAll(machine, [before, after]);
      expect(found, `after ${writes} writes`).toHaveLength(1);
      expect(found[0]).toMatch(/: kept$/);
      // A key that lies beside a store with a passphrase is removed by the next opening.
      const locked = !found[0]?.startsWith('no passphrase');
      expect((await machine.keys.load()) === undefined).toBe(locked);
      if (changed) return expect(writes).toBe(steps);
    }
  });

  it('of a batch leaves all of it or nothing', async () => {
    const machine = await machineWithRecord({});
    const store = await openStore(machine.parts);
    machine.writesLeft = 0;
    const lost = store.batch([
      { put: 'notes', key: KEY, value: utf8('lost') },
      { put: 'others', key: KEY, value: utf8('lost') },
    ]);
    await expect(lost).rejects.toThrow('no power');
    expect(await tryAll(machine, [{}])).toEqual(['no passphrase: kept']);
    const again = await openStore(machine.parts);
    expect(await again.get('others', KEY)).toBeUndefined();
    machine.writes = 0;
    await again.batch([
      { put: 'notes', key: KEY, value: utf8('1') },
      { put: 'others', key: KEY, value: utf8('1') },
      { delete: 'notes', key: { group: 'x' } },
    ]);
    expect(machine.writes).toBe(1);
  });
});
