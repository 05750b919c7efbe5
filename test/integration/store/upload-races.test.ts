import { afterAll, beforeAll, expect, it } from 'vitest';
import { publish } from '../../../functions/prekeys/publish.ts';
import { directory } from '../../../shared/store/directory.ts';
import { preKeyPages } from '../../../shared/store/prekey-pages.ts';
import { preKeys } from '../../../shared/store/prekeys.ts';
import { rateLimits } from '../../../shared/store/rate-limits.ts';
import { seededBytes } from '../../support/identities.ts';
import { startTables, type TestTables } from '../../support/tables.ts';
import { caller, created, once, removal } from './membership.ts';

let tables: TestTables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.close());

it.each([
  'before',
  'after',
] as const)('a device that is removed %s its keys are stored leaves none behind', async (moment) => {
  const bob = await created(tables, `bob ${moment}`, 2);
  const second = await caller(tables, bob, 2);
  const { removed, commit, clear } = removal(tables, bob);
  const remove = once(async () => {
    await commit();
    await clear();
  });
  const pages = preKeyPages(tables.dynamo, tables.names.preKeys);
  const action = publish({
    directory: directory(tables.dynamo, tables.names, Date.now),
    preKeys: preKeys(tables.dynamo, tables.names.preKeys),
    limits: rateLimits(tables.dynamo, tables.names.ephemera, Date.now),
    pages: {
      ...pages,
      async put(device, frame) {
        if (moment === 'before') await remove();
        await pages.put(device, frame);
        if (moment === 'after') await remove();
      },
    },
  });
  const keys = [{ id: 1, key: Uint8Array.from([5, ...seededBytes('key')]) }];
  const ec = { page: 1, from: 0, keys, count: 1 };
  const publishing = action({ action: 'prekeys.publish', id: 'a', ec }, second);
  await expect(publishing).rejects.toMatchObject({ code: 'not-current' });
  const partition = `${removed.account}#${removed.device}#${removed.registration}`;
  expect((await tables.scan('preKeys')).filter(({ device }) => device?.S === partition)).toEqual([]);
});
