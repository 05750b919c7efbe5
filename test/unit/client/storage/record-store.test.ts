import 'fake-indexeddb/auto';
import { deleteDB } from 'idb';
import { describe, it } from 'vitest';
import { changeBrowserPassphrase, openBrowserStore } from '../../../../client/storage/browser-store.ts';
import { changePassphrase } from '../../../../client/storage/change-passphrase.ts';
import { IndexedDb } from '../../../../client/storage/indexed-db.ts';
import { MemoryBackend, MemoryKeyPlace } from '../../../../client/storage/memory-store.ts';
import { openStore } from '../../../../client/storage/open-store.ts';
import { type StoreHarness, storeCases } from '../../../support/record-store-cases.ts';

function memoryHarness(): StoreHarness {
  const parts = { backend: new MemoryBackend(), keyPlace: new MemoryKeyPlace() };
  return {
    open: (lock) => openStore(parts, lock),
    changePassphrase: (current, next) => changePassphrase(parts, current, next),
    openBackend: async () => parts.backend,
    dispose: async () => {},
  };
}

function browserHarness(): StoreHarness {
  const name = crypto.randomUUID();
  return {
    open: (lock) => openBrowserStore(name, lock),
    changePassphrase: (current, next) => changeBrowserPassphrase(name, current, next),
    openBackend: () => IndexedDb.open(`sotto-store/${name}`),
    dispose: () => deleteDB(`sotto-store/${name}`),
  };
}

describe.each([
  ['in memory', memoryHarness],
  ['in IndexedDB', browserHarness],
])('a record store %s', (_, newHarness) => {
  for (const { name, run } of storeCases) {
    it(name, async () => {
      const harness = newHarness();
      await run(harness).finally(() => harness.dispose());
    });
  }
});
