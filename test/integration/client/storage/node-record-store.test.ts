import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { LevelBackend } from '../../../../client/storage/node-level-backend.ts';
import { changeNodePassphrase, openNodeStore } from '../../../../client/storage/node-store.ts';
import { type StoreHarness, storeCases } from '../../../support/record-store-cases.ts';

async function nodeHarness(): Promise<StoreHarness> {
  const directory = await mkdtemp(join(tmpdir(), 'sotto-store-'));
  return {
    open: (lock) => openNodeStore(directory, lock),
    changePassphrase: (current, next) => changeNodePassphrase(directory, current, next),
    openBackend: () => LevelBackend.open(join(directory, 'records')),
    dispose: () => rm(directory, { recursive: true }),
  };
}

describe('a record store on disk', () => {
  for (const { name, run } of storeCases) {
    it(name, async () => {
      const harness = await nodeHarness();
      await run(harness).finally(() => harness.dispose());
    });
  }
});
