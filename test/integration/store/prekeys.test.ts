import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PreKey } from '../../../shared/protocol/prekeys.ts';
import { type PreKeyPages, preKeyPages } from '../../../shared/store/prekey-pages.ts';
import { type PreKeys, preKeys, type Taken } from '../../../shared/store/prekeys.ts';
import { seededBytes, TestAccount, testKemPreKey } from '../../support/identities.ts';
import { devicePreKeys } from '../../support/people.ts';
import { startTables, type TestTables } from '../../support/tables.ts';

let tables: TestTables;
let keys: PreKeys;
let pages: PreKeyPages;
beforeAll(async () => {
  tables = await startTables();
  keys = preKeys(tables.dynamo, tables.names.preKeys);
  pages = preKeyPages(tables.dynamo, tables.names.preKeys);
});
afterAll(() => tables.close());

const ec = (first: number, count: number): PreKey[] =>
  Array.from({ length: count }, (_, i) => ({ id: first + i, key: seededBytes(`ec ${first + i}`, 33) }));

async function deviceWithKeys(name: string) {
  const account = new TestAccount(name);
  const device = { account: account.account, device: 1, registration: account.device(1).registration };
  await keys.replace(device, devicePreKeys(account, 1));
  return { account, device };
}

const idsOf = (taken: readonly (Taken | undefined)[]) => taken.flatMap((one) => (one?.ec ? [one.ec.id] : []));

it('200 takers at once of 100 keys get 100 keys, none of them twice', async () => {
  const { account, device } = await deviceWithKeys('200 takers');
  const kem = Array.from({ length: 100 }, (_, i) => ({ ...testKemPreKey(account.keys(1)), id: 1000 + i }));
  await pages.put(device, { kind: 'ec', page: 1, from: 0, keys: ec(1, 100) });
  for (let from = 0; from < 100; from += 10) {
    await pages.put(device, { kind: 'kem', page: 1, from, keys: kem.slice(from, from + 10) });
  }
  await pages.publish(device, 'ec', 1, 100);
  await pages.publish(device, 'kem', 1, 100);

  const taken = (await Promise.all(Array.from({ length: 200 }, () => keys.take([device])))).flat();

  expect(idsOf(taken).toSorted((a, b) => a - b)).toEqual(ec(1, 100).map(({ id }) => id));
  const kemIds = taken.flatMap((one) => (one && !one.lastResort ? [one.kem.id] : []));
  expect(kemIds.toSorted((a, b) => a - b)).toEqual(kem.map(({ id }) => id));
  expect(taken.every((one) => one !== undefined)).toBe(true);
});

it('a taker that fails between its two requests loses a key and gives none twice', async () => {
  const { device } = await deviceWithKeys('crash');
  await pages.put(device, { kind: 'ec', page: 1, from: 0, keys: ec(1, 3) });
  await pages.publish(device, 'ec', 1, 3);
  const crashing = tables.dynamo;
  const failing = preKeys(
    new Proxy(crashing, {
      get: (target, name) =>
        name === 'send'
          ? (command: { constructor: { name: string } }) => {
              if (command.constructor.name === 'BatchGetItemCommand') throw new Error('crashed');
              return target.send(command as never);
            }
          : Reflect.get(target, name),
    }),
    tables.names.preKeys,
  );
  await expect(failing.take([device])).rejects.toThrow('crashed');
  expect(idsOf([...(await keys.take([device])), ...(await keys.take([device]))])).toEqual([2, 3]);
});

it('pages published while keys are taken never give a key twice, and takers always get what they need', async () => {
  const { device } = await deviceWithKeys('upload while fetching');
  const publish = async (page: number) => {
    await pages.put(device, { kind: 'ec', page, from: 0, keys: ec(page * 1000, 20) });
    await pages.publish(device, 'ec', page, 20);
  };
  await publish(1);
  const [taken] = await Promise.all([
    Promise.all(Array.from({ length: 150 }, () => keys.take([device]))),
    (async () => {
      for (let page = 2; page <= 6; page++) await publish(page);
    })(),
  ]);
  const ids = idsOf(taken.flat());
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.length).toBeGreaterThanOrEqual(20);
  expect(taken.flat().every((one) => one?.signed.id === 1 && one.kem.id === 1)).toBe(true);
});

it('a late repetition of a publication does not hand out keys again', async () => {
  const { device } = await deviceWithKeys('late repetition');
  await pages.put(device, { kind: 'ec', page: 4, from: 0, keys: ec(1, 2) });
  expect(await pages.publish(device, 'ec', 4, 2)).toBe(true);
  expect(idsOf(await keys.take([device]))).toEqual([1]);
  expect(await pages.publish(device, 'ec', 4, 2)).toBe(true);
  expect(await pages.publish(device, 'ec', 3, 2)).toBe(false);
  expect(idsOf(await keys.take([device]))).toEqual([2]);
});

it('two publications at once of different pages leave the higher one', async () => {
  const { device } = await deviceWithKeys('two publications');
  for (const page of [7, 8]) await pages.put(device, { kind: 'ec', page, from: 0, keys: ec(page, 1) });
  await Promise.all([7, 8].map((page) => pages.publish(device, 'ec', page, 1)));
  expect((await keys.stock(device)).ec).toMatchObject({ page: 8, next: 0 });
});

it('taking from a device that was removed leaves nothing behind', async () => {
  const { device } = await deviceWithKeys('removed');
  await pages.put(device, { kind: 'ec', page: 1, from: 0, keys: ec(1, 2) });
  await pages.publish(device, 'ec', 1, 2);
  await keys.removeAll(device);
  expect(await keys.take([device])).toEqual([undefined]);
  const left = (await tables.scan('preKeys')).filter((item) => item.device?.S?.startsWith(device.account));
  expect(left).toEqual([]);
});

it('a page is complete when every key is there, frame by frame', async () => {
  const { device } = await deviceWithKeys('complete');
  const last = { kind: 'ec' as const, page: 1, from: 200, keys: ec(201, 5) };
  expect(await pages.isComplete(device, last, 205)).toBe(false);
  await pages.put(device, { kind: 'ec', page: 1, from: 0, keys: ec(1, 100) });
  await pages.put(device, { kind: 'ec', page: 1, from: 100, keys: ec(101, 99) });
  expect(await pages.isComplete(device, last, 205)).toBe(false);
  await pages.put(device, { kind: 'ec', page: 1, from: 100, keys: ec(101, 100) });
  expect(await pages.isComplete(device, last, 205)).toBe(true);
  expect(await pages.isComplete(device, last, 206)).toBe(false);
});
