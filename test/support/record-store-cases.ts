// What every record store promises, as cases that run under the test runner and in a browser page alike.

import type { Backend } from '../../client/storage/backend.ts';
import type { StoreLock } from '../../client/storage/passphrase.ts';
import type { RecordKey, RecordStore } from '../../client/storage/record-store.ts';
import { utf8 } from '../../shared/protocol/bytes.ts';
import { equal, fails } from './check.ts';
import { modelCases } from './record-store-model-cases.ts';
import { passphraseCases } from './record-store-passphrase-cases.ts';
import { tamperCases } from './record-store-tamper-cases.ts';

/** One store that can be opened again and again, and looked at from below while it is closed. */
export interface StoreHarness {
  open(lock?: StoreLock): Promise<RecordStore>;
  changePassphrase(current: string | undefined, next: StoreLock): Promise<void>;
  /** The encrypted entries, past the store. */
  openBackend(): Promise<Backend>;
  dispose(): Promise<void>;
}

export interface StoreCase {
  readonly name: string;
  run(harness: StoreHarness): Promise<void>;
}

const key = (name: string, order = 0, group = 'g'): RecordKey => ({ group, order, name });

const basicCases: StoreCase[] = [
  {
    name: 'returns after reopening what was put, and nothing for what was deleted or never there',
    async run({ open }) {
      const first = await open();
      await first.batch([
        { put: 'notes', key: key('a'), value: utf8('one') },
        { put: 'notes', key: key('b'), value: new Uint8Array() },
        { put: 'notes', key: key('c'), value: utf8('three') },
      ]);
      await first.batch([{ delete: 'notes', key: key('c') }]);
      await first.close();
      const again = await open();
      equal(await again.get('notes', key('a')), utf8('one'));
      equal(await again.get('notes', key('b')), new Uint8Array());
      equal(await again.get('notes', key('c')), undefined);
      equal(await again.get('other', key('a')), undefined);
      equal(await again.get('notes', { group: 'g', name: 'a', order: 1 }), undefined);
      await again.close();
    },
  },
  {
    name: 'applies the writes of a batch in their order',
    async run({ open }) {
      const store = await open();
      await store.batch([
        { put: 'notes', key: key('a'), value: utf8('1') },
        { put: 'notes', key: key('a'), value: utf8('2') },
        { put: 'notes', key: key('b'), value: utf8('3') },
        { delete: 'notes', key: key('b') },
      ]);
      equal(await store.get('notes', key('a')), utf8('2'));
      equal(await store.get('notes', key('b')), undefined);
      await store.close();
    },
  },
  {
    name: 'writes nothing of a batch over several collections when one write cannot be',
    async run({ open }) {
      const store = await open();
      const batch = store.batch([
        { put: 'notes', key: key('a'), value: utf8('1') },
        { put: 'Not a collection', key: key('a'), value: utf8('1') },
      ]);
      await fails(() => batch, 'INVALID_ARGUMENT');
      equal(await store.get('notes', key('a')), undefined);
      await store.close();
    },
  },
  {
    name: 'keeps what a caller passed, whatever the caller does with its buffer afterwards',
    async run({ open }) {
      const store = await open();
      // In Node a Buffer: its `slice` is not a copy.
      const value = 'Buffer' in globalThis ? Buffer.from('before') : utf8('before');
      const batch = store.batch([{ put: 'notes', key: key('a'), value }]);
      value.fill(0);
      await batch;
      equal(await store.get('notes', key('a')), utf8('before'));
      await store.close();
    },
  },
  {
    name: 'lets no other write come between the reading and the writing of an update',
    async run({ open }) {
      const store = await open();
      const increment = () =>
        store.update(async (read) => {
          const count = (await read.get('counts', key('n')))?.[0] ?? 0;
          return [{ put: 'counts', key: key('n'), value: Uint8Array.of(count + 1) }];
        });
      await Promise.all(Array.from({ length: 50 }, increment));
      equal(await store.get('counts', key('n')), Uint8Array.of(50));
      await store.close();
    },
  },
  {
    name: 'writes nothing when the decision of an update fails, and goes on with the next',
    async run({ open }) {
      const store = await open();
      const refused = store.update(() => Promise.reject(Object.assign(new Error(), { code: 'MINE' })));
      const next = store.batch([{ put: 'notes', key: key('a'), value: utf8('1') }]);
      await fails(() => refused, 'MINE');
      await next;
      equal(await store.get('notes', key('a')), utf8('1'));
      await store.close();
    },
  },
  {
    name: 'reads a group in pages, both ways, between orders, and a collection as a whole',
    async run({ open }) {
      const store = await open();
      const orders = [5, 1, 2 ** 53 - 1, 300, 70_000, 0, 300];
      await store.batch(
        orders.map((order, i) => ({ put: 'log', key: key(`n${i}`, order), value: Uint8Array.of(i) }) as const),
      );
      await store.batch([{ put: 'log', key: key('x', 2, 'another group'), value: utf8('x') }]);
      await store.batch([{ put: 'log-of-others', key: key('y', 2), value: utf8('y') }]);
      const ordersOf = async (options: object) =>
        (await store.range('log', { group: 'g', limit: 100, ...options })).map((record) => record.key.order);
      equal(await ordersOf({}), [0, 1, 5, 300, 300, 70_000, 2 ** 53 - 1]);
      equal(await ordersOf({ reverse: true }), [2 ** 53 - 1, 70_000, 300, 300, 5, 1, 0]);
      equal(await ordersOf({ from: 1, to: 300 }), [1, 5]);
      equal(await ordersOf({ from: 300, to: 300 }), []);
      equal(await ordersOf({ from: 300, to: 1 }), []);
      equal(await ordersOf({ limit: 2, reverse: true, to: 70_000 }), [300, 300]);
      for (const reverse of [false, true]) {
        const seen: number[] = [];
        let after: RecordKey | undefined;
        for (;;) {
          const page = await store.range('log', { group: 'g', limit: 2, reverse, ...(after ? { after } : {}) });
          seen.push(...page.map((record) => record.value[0] ?? -1));
          after = page.at(-1)?.key;
          if (page.length < 2) break;
        }
        equal([...seen].sort(), [0, 1, 2, 3, 4, 5, 6], 'paged');
      }
      equal((await store.range('log', { limit: 100 })).length, 8, 'whole collection');
      const [x] = await store.range('log', { group: 'another group', limit: 100 });
      equal(x, { key: { group: 'another group', order: 2, name: 'x' }, value: utf8('x') });
      await store.close();
    },
  },
  {
    name: 'refuses keys, collections and options that cannot be',
    async run({ open }) {
      const store = await open();
      const refused: [string, RecordKey][] = [
        ['notes/x', key('a')],
        ['', key('a')],
        ['notes', key('a', -1)],
        ['notes', key('a', 0.5)],
        ['notes', key('a', 2 ** 53)],
        ['notes', key('\ud800')],
      ];
      for (const [collection, bad] of refused) {
        await fails(() => store.get(collection, bad), 'INVALID_ARGUMENT');
        await fails(() => store.batch([{ put: collection, key: bad, value: utf8('1') }]), 'INVALID_ARGUMENT');
      }
      for (const bad of [{ limit: 0 }, { limit: 10_001 }, { limit: 1, from: 1 }, { limit: 1, group: 'g', to: -1 }]) {
        await fails(() => store.range('notes', bad), 'INVALID_ARGUMENT');
      }
      await store.close();
    },
  },
  {
    name: 'finishes what was begun when it closes, and refuses what comes after',
    async run({ open }) {
      const store = await open();
      const begun = store.batch([{ put: 'notes', key: key('a'), value: utf8('1') }]);
      const closed = store.close();
      await fails(() => store.get('notes', key('a')), 'CLOSED');
      await fails(() => store.range('notes', { limit: 1 }), 'CLOSED');
      await fails(() => store.batch([]), 'CLOSED');
      await fails(() => store.compact(), 'CLOSED');
      await Promise.all([begun, closed, store.close()]);
      const again = await open();
      equal(await again.get('notes', key('a')), utf8('1'));
      await again.close();
    },
  },
];

export const storeCases: readonly StoreCase[] = [...basicCases, ...modelCases, ...tamperCases, ...passphraseCases];
