// What the page of the storage tests can do. Runs in a browser.

import { deleteDB, openDB } from 'idb';
import { changeBrowserPassphrase, openBrowserStore } from '../../client/storage/browser-store.ts';
import { IndexedDb } from '../../client/storage/indexed-db.ts';
import type { RecordStore } from '../../client/storage/record-store.ts';
import { utf8 } from '../../shared/protocol/bytes.ts';
import { equal } from './check.ts';
import { type StoreHarness, storeCases } from './record-store-cases.ts';

const NAME = 'two-tabs';
const KEY = { group: 'g' };
let store: RecordStore | undefined;

export const caseNames = (): string[] => storeCases.map(({ name }) => name);

/** @throws what the case throws */
export async function runCase(name: string): Promise<void> {
  const own = crypto.randomUUID();
  const harness: StoreHarness = {
    open: (lock) => openBrowserStore(own, lock),
    changePassphrase: (current, next) => changeBrowserPassphrase(own, current, next),
    openBackend: () => IndexedDb.open(`sotto-store/${own}`),
    dispose: () => deleteDB(`sotto-store/${own}`),
  };
  await storeCases.find((one) => one.name === name)?.run(harness);
  await harness.dispose();
}

/** Opens this tab's store. `frozen`: the tab never lets go by itself. Answers `open` or the code of the error. */
export async function open(takeOver: boolean, frozen = false): Promise<string> {
  const onTakenOver = () => (frozen ? new Promise<void>(() => {}) : put('the last word of the tab before'));
  return codeOf(async () => {
    store = await openBrowserStore(NAME, { takeOver, onTakenOver });
  });
}

export async function put(value: string): Promise<void> {
  await store?.batch([{ put: 'notes', key: KEY, value: utf8(value) }]);
}

/** Like {@link put}; answers `open` or the code of the error. */
export const tryPut = (value: string): Promise<string> => codeOf(() => put(value));

export async function get(): Promise<string> {
  return new TextDecoder().decode(await store?.get('notes', KEY));
}

export async function close(): Promise<void> {
  await store?.close();
}

/** Writes until the browser is killed, and reports each batch that the store has promised to keep. */
export async function writeForEver(report: (n: number) => void): Promise<void> {
  for (let n = (await count()) + 1; ; n++) {
    const value = utf8(`batch ${n}`);
    // Many records: a batch that is not one write takes long enough to be caught half done.
    const copies = Array.from(
      { length: 50 },
      (_, i) => ({ put: 'copies', key: { group: 'g', order: i }, value }) as const,
    );
    await store?.batch([{ put: 'log', key: { group: 'log', order: n }, value }, ...copies]);
    report(n);
  }
}

/** How many batches of {@link writeForEver} there are. @throws when one is there in part */
export async function count(): Promise<number> {
  const log = (await store?.range('log', { group: 'log', limit: 10_000 })) ?? [];
  const copies = (await store?.range('copies', { group: 'g', limit: 100 })) ?? [];
  const values = new Set(copies.map(({ value }) => new TextDecoder().decode(value)));
  equal(
    log.map(({ key }) => key.order),
    log.map((_, i) => i + 1),
    'log',
  );
  equal([copies.length, ...values], log.length > 0 ? [50, `batch ${log.length}`] : [0], 'copies');
  return log.length;
}

/** What a script in the page gets when it reaches for the root key of the open store. */
export async function stealKey(): Promise<string> {
  const database = await openDB(`sotto-store/${NAME}`);
  const key: CryptoKey = await database.get('keys', 'root');
  database.close();
  const exported = await crypto.subtle.exportKey('raw', key).catch((error: Error) => error.name);
  return `extractable ${key.extractable}: ${exported}`;
}

async function codeOf(work: () => Promise<void>): Promise<string> {
  try {
    await work();
    return 'open';
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}
