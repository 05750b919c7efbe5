import type { Backend, BackendChange } from '../../client/storage/backend.ts';
import type { RecordKey } from '../../client/storage/record-store.ts';
import { fromUtf8, utf8 } from '../../shared/protocol/bytes.ts';
import { equal, fails } from './check.ts';
import type { StoreCase, StoreHarness } from './record-store-cases.ts';

const ACCOUNT = '0f8fad5b-d9cb-869f-a165-70867728950e';
const CONTENT = 'the planted text that nobody must find';
const first: RecordKey = { group: ACCOUNT, order: 1_700_000_000_000, name: 'message one' };
const second: RecordKey = { group: ACCOUNT, order: 1_700_000_000_000, name: 'message two' };

export const tamperCases: StoreCase[] = [
  {
    name: 'shows in a dump without the key no contents, groups or names, and nothing twice',
    async run(harness) {
      await plant(harness);
      const entries = await dump(harness);
      equal(entries.length, 4, 'entries');
      const text = entries.map(([place, value]) => `${place} ${String.fromCharCode(...value)}`).join('\n');
      for (const hidden of [ACCOUNT, ACCOUNT.replaceAll('-', ''), CONTENT, 'message one', 'planted']) {
        equal(text.includes(hidden), false, 'found in the dump');
      }
      const parts = entries.flatMap(([place]) => place.split('/').filter((part) => part.length === 22));
      equal(parts.length, 6, 'hashes');
      // Both messages share their group; nothing else has an equal hash, not the same group or name in another collection either.
      equal(new Set(parts).size, 5, 'different hashes');
    },
  },
  {
    name: 'refuses a record with any byte changed, cut short, or of another version',
    async run(harness) {
      await plant(harness);
      const [place, value] = await entryOf(harness, 'notes');
      // Version and nonce byte by byte, then samples of the ciphertext, and the tag's last byte.
      for (const i of [...value.keys()].filter((at) => at < 14 || at % 40 === 0 || at === value.length - 1)) {
        const changed = new Uint8Array(value);
        changed[i] = (changed[i] ?? 0) ^ 1;
        await write(harness, [[place, changed]]);
        await failsToRead(harness, i === 0 ? 'UNKNOWN_VERSION' : 'CORRUPT_RECORD');
      }
      for (const length of [0, 1, 28, value.length - 1]) {
        await write(harness, [[place, value.slice(0, length)]]);
        await failsToRead(harness, 'CORRUPT_RECORD');
      }
    },
  },
  {
    name: 'refuses a record that was moved to another key, order or collection',
    async run(harness) {
      await plant(harness);
      const all = await dump(harness);
      const [a, b] = all.filter(([place]) => place.startsWith('notes/'));
      const [other] = all.filter(([place]) => place.startsWith('others/'));
      if (!a || !b || !other) throw new Error('not planted');
      await write(harness, [
        [a[0], b[1]],
        [b[0], a[1]],
      ]);
      await failsToRead(harness, 'CORRUPT_RECORD');
      await write(harness, [
        [a[0], other[1]],
        [b[0], b[1]],
      ]);
      await failsToRead(harness, 'CORRUPT_RECORD');
      await write(harness, [
        [a[0].replace('/00', '/01'), a[1]],
        [a[0], a[1]],
      ]);
      await failsToRead(harness, 'CORRUPT_RECORD');
    },
  },
  {
    name: 'refuses a header that is missing, damaged, of a later version, or of another store',
    async run(harness) {
      await plant(harness);
      const [place, value] = await entryOf(harness, '!header');
      const json = fromUtf8(value) ?? '';
      const cases: [Uint8Array | undefined, string][] = [
        [undefined, 'CORRUPT_HEADER'],
        [utf8('{'), 'CORRUPT_HEADER'],
        [Uint8Array.of(0xff), 'CORRUPT_HEADER'],
        [utf8('null'), 'CORRUPT_HEADER'],
        [utf8(json.replace('"lock":"key"', '"lock":"none"')), 'CORRUPT_HEADER'],
        [utf8(json.replace('"version":1', '"version":2')), 'UNKNOWN_VERSION'],
        [utf8(json.replace(/(?<="check":".{9})./, (letter) => (letter === 'A' ? 'B' : 'A'))), 'WRONG_KEY'],
      ];
      for (const [changed, code] of cases) {
        await write(harness, [[place, changed]]);
        await fails(() => harness.open(), code);
      }
      await write(harness, [[place, value]]);
      await (await harness.open()).close();
    },
  },
];

async function plant({ open }: StoreHarness): Promise<void> {
  const store = await open();
  await store.batch([
    { put: 'notes', key: first, value: utf8(CONTENT) },
    { put: 'notes', key: second, value: utf8(CONTENT) },
    { put: 'others', key: first, value: utf8(CONTENT) },
  ]);
  await store.close();
}

async function failsToRead({ open }: StoreHarness, code: string): Promise<void> {
  const store = await open();
  await fails(() => store.range('notes', { limit: 10 }), code, 'range');
  await store.close();
}

async function withBackend<Result>({ openBackend }: StoreHarness, work: (backend: Backend) => Promise<Result>) {
  const backend = await openBackend();
  return work(backend).finally(() => backend.close());
}

function dump(harness: StoreHarness) {
  return withBackend(harness, (backend) => backend.range({ from: '', to: '~', reverse: false, limit: 1_000 }));
}

async function entryOf(harness: StoreHarness, start: string) {
  const found = (await dump(harness)).find(([place]) => place.startsWith(start));
  if (!found) throw new Error(`nothing begins with ${start}`);
  return found;
}

function write(harness: StoreHarness, changes: BackendChange[]): Promise<void> {
  return withBackend(harness, (backend) => backend.write(changes));
}
