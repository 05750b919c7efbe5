import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { publicationOf } from '../../../functions/account/publication.ts';
import type { DevicePreKeys } from '../../../shared/protocol/account.ts';
import { type DeviceKeys, deviceKeys } from '../../../shared/store/device-keys.ts';
import { listItem } from '../../../shared/store/device-list-items.ts';
import { type DeviceLists, deviceLists } from '../../../shared/store/device-lists.ts';
import { type Publications, publications } from '../../../shared/store/publications.ts';
import { accept } from '../../../shared/trust/acceptance.ts';
import {
  seededBytes,
  TestAccount,
  testDevice,
  testDeviceKeys,
  testKemPreKey,
  testSignedPreKey,
} from '../../support/identities.ts';
import { devicePreKeys, TOKEN_HASH } from '../../support/people.ts';
import { startTables, type TestTables } from '../../support/tables.ts';

let tables: TestTables;
let publishing: Publications;
let lists: DeviceLists;
let keys: DeviceKeys;
beforeAll(async () => {
  tables = await startTables();
  publishing = publications(tables.dynamo, tables.names, Date.now);
  lists = deviceLists(tables.dynamo, tables.names.deviceLists);
  keys = deviceKeys(tables.dynamo, tables.names.deviceLists);
});
afterAll(() => tables.close());

/** What the newest list of a chain asks of the stores. */
function newest(account: TestAccount, prekeys?: readonly DevicePreKeys[]) {
  const before = account.lists.slice(0, -1);
  const pinned = before.length === 0 ? null : accept(account.expected, null, before);
  const accepted = accept(account.expected, pinned?.kind === 'accepted' ? pinned.pinned : null, [account.list]);
  if (accepted.kind !== 'accepted' || !accepted.changes[0]) throw new Error(accepted.kind);
  const [change] = accepted.changes;
  return publicationOf(accepted.pinned, change, prekeys ?? change.added.map(({ id }) => devicePreKeys(account, id)));
}

const everything = () => Promise.all([tables.scan('deviceLists'), tables.scan('connections'), tables.scan('preKeys')]);

it('creates an account once, with list, head, membership and keys together', async () => {
  const account = new TestAccount('create');
  const publication = newest(account);
  const outcomes = await Promise.all([1, 2].map(() => publishing.create(publication, [TOKEN_HASH], undefined)));
  expect(outcomes.toSorted()).toEqual(['exists', undefined]);
  const head = await lists.head(account.account);
  expect(head).toMatchObject({ sequence: 1, hash: account.hash, tokens: [TOKEN_HASH] });
  expect(head?.devices).toMatchObject([{ id: 1, identityKey: account.device(1).identityKey }]);
  const stored = await lists.list(account.account, 1);
  expect(stored?.list).toEqual(account.list);
  const [, connections, preKeys] = await everything();
  expect(connections).toHaveLength(1);
  expect(preKeys.map(({ part }) => part?.S)).toEqual(['last-resort', 'signed']);
});

/** Everything in the tables that says who an account is, or that a device is its. */
const tracesOf = async ({ account }: TestAccount) =>
  (await everything()).flat().filter((item) => JSON.stringify(item).includes(account));

it('of two accounts that register one key at once has one, and keeps nothing at all of the other', async () => {
  const pair = [new TestAccount('twin'), new TestAccount('its clone', 1, 'twin')];
  const outcomes = await Promise.all(pair.map((one) => publishing.create(newest(one), [], undefined)));
  expect(outcomes.toSorted()).toEqual(['key-taken', undefined]);
  const [winner, loser] = outcomes[0] === undefined ? pair : pair.toReversed();
  // List, head, two keys, membership and two prekeys.
  expect(winner && (await tracesOf(winner))).toHaveLength(7);
  expect(loser && (await tracesOf(loser))).toEqual([]);
});

it('of two accounts that link one device at once has one', async () => {
  const pair = [new TestAccount('links'), new TestAccount('links it too')];
  for (const one of pair) await publishing.create(newest(one), [], undefined);
  const before = pair.map(({ hash }) => hash);
  const device = testDeviceKeys('a device that is linked twice');
  for (const one of pair) {
    const { account, content } = one;
    one.append(one.next({ devices: [...content.devices, testDevice(account, device, 2, 2)] }));
  }
  const prekeys = { device: 2, signed: testSignedPreKey(device), lastResort: testKemPreKey(device) };
  const outcomes = await Promise.all(
    pair.map((one, i) => publishing.replace(newest(one, [prekeys]), before[i] ?? new Uint8Array())),
  );
  expect(outcomes.toSorted()).toEqual(['key-taken', undefined]);
  const sequences = await Promise.all(pair.map(async ({ account }) => (await lists.head(account))?.sequence));
  expect(sequences.toSorted()).toEqual([1, 2]);
});

it('a key that is reserved is the account’s to list, and nobody else’s, also when its device is gone', async () => {
  const owner = new TestAccount('reserves');
  const other = new TestAccount('comes later', 1, 'reserves');
  expect(await keys.reserve(owner.account, owner.device(1))).toBe(true);
  expect(await keys.reserve(owner.account, owner.device(1))).toBe(true);
  expect(await keys.reserve(other.account, other.device(1))).toBe(false);
  expect(await publishing.create(newest(other), [], undefined)).toBe('key-taken');
  expect(await publishing.create(newest(owner), [], undefined)).toBeUndefined();
  const [first] = owner.content.devices;
  const chain = [owner.hash];
  owner.publish({ add: 1 });
  await publishing.replace(newest(owner), chain[0] ?? new Uint8Array());
  const second = owner.hash;
  owner.publish({ remove: [1] });
  expect(await publishing.replace(newest(owner), second)).toBeUndefined();
  expect(first && (await keys.reserve(other.account, first))).toBe(false);
});

it('one key of the two is enough to be refused', async () => {
  const { account, content } = new TestAccount('half');
  const [device] = content.devices;
  const other = new TestAccount('other half').device(1);
  if (!device) throw new Error('an account has a device');
  expect(await keys.reserve(account, device)).toBe(true);
  expect(await keys.reserve('somebody', { ...other, identityKey: device.identityKey })).toBe(false);
  expect(await keys.reserve('somebody', { ...other, connectKey: device.connectKey })).toBe(false);
});

it('of two lists on top of one accepts one, and nothing at all of the other', async () => {
  const account = new TestAccount('rivals');
  const rival = new TestAccount('rivals');
  await publishing.create(newest(account), [], undefined);
  const before = account.hash;
  account.publish({ add: 1, later: 1_000 });
  rival.publish({ add: 1, later: 2_000 });
  const outcomes = await Promise.all([account, rival].map((one) => publishing.replace(newest(one), before)));
  expect(outcomes.toSorted()).toEqual(['stale', undefined]);
  const winner = outcomes[0] === undefined ? account : rival;
  expect((await lists.head(account.account))?.hash).toEqual(winner.hash);
  expect((await lists.list(account.account, 2))?.hash).toEqual(winner.hash);
  const [, connections] = await everything();
  expect(connections.filter((item) => item.account?.S === account.account)).toHaveLength(2);
});

it('a list that comes after a newer one changes nothing', async () => {
  const account = new TestAccount('late');
  const late = new TestAccount('late');
  await publishing.create(newest(account), [], undefined);
  const first = account.hash;
  account.publish();
  const second = account.hash;
  await publishing.replace(newest(account), first);
  account.publish();
  await publishing.replace(newest(account), second);
  late.publish({ later: 5_000 });
  const before = await everything();
  expect(await publishing.replace(newest(late), first)).toBe('stale');
  expect(await everything()).toEqual(before);
});

it('a list on top of another one than the current changes nothing', async () => {
  const account = new TestAccount('other branch');
  const branch = new TestAccount('other branch');
  await publishing.create(newest(account), [], undefined);
  const first = account.hash;
  account.publish();
  await publishing.replace(newest(account), first);
  branch.publish({ later: 9_000 });
  const other = branch.hash;
  branch.publish({ add: 1 });
  const before = await everything();
  expect(await publishing.replace(newest(branch), other)).toBe('stale');
  expect(await everything()).toEqual(before);
});

it('never rewrites a list that is there, whatever the head says', async () => {
  const account = new TestAccount('never rewritten');
  await publishing.create(newest(account), [], undefined);
  const first = account.hash;
  account.publish();
  const { list } = newest(account);
  const shown = listItem({ ...list, history: seededBytes('an earlier history') });
  await tables.dynamo.send(new PutItemCommand({ TableName: tables.names.deviceLists, Item: shown }));
  expect(await publishing.replace(newest(account), first)).toBe('stale');
  expect((await lists.list(account.account, 2))?.history).toEqual(seededBytes('an earlier history'));
  expect((await lists.head(account.account))?.sequence).toBe(1);
});

it('keeps freshness for the list it was made for only, and the newest of them', async () => {
  const account = new TestAccount('fresh');
  await publishing.create(newest(account), [], undefined);
  const hash = account.hash;
  const fresh = (time: number) => ({ time, signature: seededBytes(`fresh ${time}`, 64) });
  const confirmed = await Promise.all([3, 1, 2].map((time) => lists.confirm(account.account, hash, fresh(time))));
  expect(confirmed[0]).toBe(true);
  expect((await lists.head(account.account))?.fresh).toEqual(fresh(3));
  account.publish();
  await publishing.replace(newest(account), hash);
  expect((await lists.head(account.account))?.fresh).toBeUndefined();
  expect(await lists.confirm(account.account, hash, fresh(4))).toBe(false);
  expect(await lists.replaceTokens(account.account, hash, [])).toBe(false);
});

it('never makes a head by an update', async () => {
  const nobody = new TestAccount('nobody');
  expect(await lists.confirm(nobody.account, nobody.hash, { time: 1, signature: seededBytes('s', 64) })).toBe(false);
  expect(await lists.replaceTokens(nobody.account, nobody.hash, [])).toBe(false);
  expect(await lists.head(nobody.account)).toBeUndefined();
});
