import * as fc from 'fast-check';
import type { RecordKey, RecordStore, RecordWrite } from '../../client/storage/record-store.ts';
import { equal } from './check.ts';
import type { StoreCase } from './record-store-cases.ts';

const collection = fc.constantFrom('a', 'a-b', 'b');
const recordKey = fc.record({
  group: fc.constantFrom('', 'g', 'g/0', '1b4e28ba-2fa1-81d2-883f-0016d3cca427'),
  order: fc.oneof(fc.nat(3), fc.constantFrom(255, 256, 2 ** 32, 2 ** 53 - 1)),
  name: fc.constantFrom('', 'x', '!'),
});
const write: fc.Arbitrary<RecordWrite> = fc.oneof(
  fc.record({ put: collection, key: recordKey, value: fc.uint8Array({ maxLength: 40 }) }),
  fc.record({ delete: collection, key: recordKey }),
);
const step = fc.oneof(
  { weight: 5, arbitrary: fc.array(write, { maxLength: 6 }) },
  { weight: 1, arbitrary: fc.constant('reopen' as const) },
);

/** What the store should hold, by a text that has one form a key. */
class Model {
  readonly records = new Map<string, Uint8Array>();

  apply(writes: readonly RecordWrite[]): void {
    for (const entry of writes) {
      if ('put' in entry) this.records.set(textOf(entry.put, entry.key), entry.value);
      else this.records.delete(textOf(entry.delete, entry.key));
    }
  }

  ordersOf(name: string, group: string): number[] {
    const keys = [...this.records.keys()].map((text) => JSON.parse(text) as [string, string, number]);
    return keys
      .filter(([c, g]) => c === name && g === group)
      .map(([, , order]) => order)
      .sort((a, b) => a - b);
  }
}

export const modelCases: StoreCase[] = [
  {
    name: 'holds after any batches and reopenings what a map would hold',
    async run(harness) {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
          let store = await harness.open();
          await empty(store);
          const model = new Model();
          for (const entry of steps) {
            if (entry === 'reopen') {
              await store.close();
              store = await harness.open();
              continue;
            }
            model.apply(entry);
            await store.batch(entry);
          }
          await compare(store, model);
          await store.close();
        }),
        { numRuns: 25, seed: 20 },
      );
    },
  },
];

async function compare(store: RecordStore, model: Model): Promise<void> {
  let count = 0;
  for (const name of ['a', 'a-b', 'b']) {
    const all = await store.range(name, { limit: 10_000 });
    count += all.length;
    for (const { key, value } of all) {
      equal(value, model.records.get(textOf(name, key)));
      equal(await store.get(name, key), value);
    }
    for (const group of new Set(all.map(({ key }) => key.group))) {
      const forward = (await store.range(name, { group, limit: 10_000 })).map(({ key }) => key.order);
      const backward = (await store.range(name, { group, limit: 10_000, reverse: true })).map(({ key }) => key.order);
      equal(forward, model.ordersOf(name, group));
      equal(backward, model.ordersOf(name, group).reverse());
    }
  }
  equal(count, model.records.size, 'records');
}

async function empty(store: RecordStore): Promise<void> {
  for (const name of ['a', 'a-b', 'b']) {
    const all = await store.range(name, { limit: 10_000 });
    await store.batch(all.map(({ key }) => ({ delete: name, key })));
  }
}

function textOf(name: string, { group, order = 0, name: own = '' }: RecordKey): string {
  return JSON.stringify([name, group, order, own]);
}
