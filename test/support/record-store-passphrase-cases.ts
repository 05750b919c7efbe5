import type { StoreLock } from '../../client/storage/passphrase.ts';
import type { RecordKey } from '../../client/storage/record-store.ts';
import { fromUtf8, utf8 } from '../../shared/protocol/bytes.ts';
import { equal, fails } from './check.ts';
import type { StoreCase, StoreHarness } from './record-store-cases.ts';

/** The least cost that is allowed: these cases stretch a passphrase some twenty times. */
const cheap = (passphrase: string): StoreLock => ({ passphrase, cost: { memoryKiB: 19_456, passes: 2, lanes: 1 } });
const key: RecordKey = { group: 'g', order: 7, name: 'n' };

export const passphraseCases: StoreCase[] = [
  {
    name: 'opens a store made with a passphrase only with that passphrase, however its letters are composed',
    async run({ open }) {
      await put(await open(cheap('na\u00efve \ufb01sh')));
      await fails(() => open(), 'LOCKED');
      await fails(() => open(cheap('naive fish')), 'WRONG_PASSPHRASE');
      await fails(() => open(cheap('')), 'WRONG_PASSPHRASE');
      equal(await take(await open(cheap('nai\u0308ve fish'))), utf8('kept'));
    },
  },
  {
    name: 'sets, changes and removes a passphrase, and keeps the records',
    async run({ open, changePassphrase }) {
      await put(await open());
      await fails(() => open(cheap('one')), 'WRONG_PASSPHRASE');
      await fails(() => changePassphrase(undefined, cheap('')), 'INVALID_ARGUMENT');
      const tooCheap = { memoryKiB: 19_455, passes: 2, lanes: 1 };
      await fails(() => changePassphrase(undefined, { passphrase: 'one', cost: tooCheap }), 'INVALID_ARGUMENT');
      await changePassphrase(undefined, {});
      await changePassphrase(undefined, cheap('one'));
      await fails(() => open(), 'LOCKED');
      equal(await take(await open(cheap('one'))), utf8('kept'));
      await fails(() => changePassphrase('two', cheap('three')), 'WRONG_PASSPHRASE');
      await fails(() => changePassphrase(undefined, cheap('three')), 'LOCKED');
      await changePassphrase('one', cheap('two'));
      await fails(() => open(cheap('one')), 'WRONG_PASSPHRASE');
      equal(await take(await open(cheap('two'))), utf8('kept'));
      await changePassphrase('two', {});
      equal(await take(await open()), utf8('kept'));
    },
  },
  {
    name: 'leaves nothing under the old key when the first passphrase is set',
    async run(harness) {
      await put(await harness.open());
      const before = await places(harness);
      await harness.changePassphrase(undefined, cheap('one'));
      const after = await places(harness);
      equal(after.length, before.length, 'entries');
      equal(
        after.filter((place) => place !== '!header' && before.includes(place)),
        [],
        'places of the old key',
      );
    },
  },
  {
    name: 'refuses a passphrase header whose cost was lowered, raised beyond sense, or changed within bounds',
    async run(harness) {
      await put(await harness.open({ passphrase: 'one' }));
      const backend = await harness.openBackend();
      const header = fromUtf8((await backend.get('!header')) ?? new Uint8Array()) ?? '';
      await backend.close();
      const changes = [
        ['"memoryKiB":65536', '"memoryKiB":8', 'CORRUPT_HEADER'],
        ['"memoryKiB":65536', '"memoryKiB":2000000', 'CORRUPT_HEADER'],
        ['"passes":3', '"passes":2', 'WRONG_PASSPHRASE'],
      ] as const;
      for (const [from, to, code] of changes) {
        const changed = await harness.openBackend();
        await changed.write([['!header', utf8(header.replace(from, to))]]);
        await changed.close();
        await fails(() => harness.open(cheap('one')), code);
      }
    },
  },
];

async function put(store: Awaited<ReturnType<StoreHarness['open']>>): Promise<void> {
  await store.batch([{ put: 'notes', key, value: utf8('kept') }]);
  await store.close();
}

async function take(store: Awaited<ReturnType<StoreHarness['open']>>): Promise<Uint8Array | undefined> {
  return store.get('notes', key).finally(() => store.close());
}

async function places({ openBackend }: StoreHarness): Promise<string[]> {
  const backend = await openBackend();
  const entries = await backend.range({ from: '', to: '~', reverse: false, limit: 1_000 });
  await backend.close();
  return entries.map(([place]) => place);
}
