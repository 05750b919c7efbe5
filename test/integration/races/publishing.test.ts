import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DynamoDbCall } from '../../../local/faults/hooks.ts';
import type { RequestOf } from '../../../shared/protocol/actions.ts';
import type { DeviceList } from '../../../shared/trust/device-list.ts';
import { signDeviceList } from '../../../shared/trust/signed-device-list.ts';
import { DeploymentTables } from '../../support/deployment-tables.ts';
import { asks, Gates } from '../../support/gates.ts';
import { testDeviceKeys, testKemPreKey, testSignedPreKey } from '../../support/identities.ts';
import { Person } from '../../support/person.ts';
import { type Sotto, startSotto } from '../../support/sotto.ts';
import { TestClient } from '../../support/test-client.ts';

const gates = new Gates();
let cloud: Sotto;
let tables: DeploymentTables;
let bob: Person;
let phone: TestClient;
let laptop: TestClient;
let people = 0;

beforeAll(async () => {
  cloud = await startSotto({ hooks: gates.hooks });
  tables = new DeploymentTables(cloud);
});
afterEach(() => gates.open());
afterAll(async () => {
  tables?.close();
  await cloud?.close();
});
beforeEach(async () => {
  bob = await Person.create(cloud.url, `bob ${people++}`, 2);
  phone = await bob.connect(1);
  laptop = await bob.connect(2);
});

/** A list on top of the newest one that links a device, and what publishes it; the account does not follow it yet. */
interface Link {
  readonly content: DeviceList;
  readonly request: Omit<RequestOf<'account.publish'>, 'action' | 'id'>;
  /** Tells its transaction from others. */
  readonly registration: number;
}

function link(label: string): Link {
  const { account } = bob;
  const id = account.content.devices.length + 1;
  const device = account.newDevice(label, id, account.content.sequence + 1);
  const content = account.next({ devices: [...account.content.devices, device], time: Date.now() });
  const keys = testDeviceKeys(`${account.seed}/${label}`);
  const prekeys = [{ device: id, signed: testSignedPreKey(keys), lastResort: testKemPreKey(keys, 2) }];
  const list = signDeviceList(content, [account.accountSecret]);
  return { content, request: { list, prekeys }, registration: keys.registration };
}

const removesSecond = (call: DynamoDbCall) =>
  asks('TransactWriteItems', bob.id)(call) && JSON.stringify(call.request).includes('"Delete"');
const transactionOf = ({ registration }: Link) => asks('TransactWriteItems', `#${registration}`);

describe('two lists published at once', () => {
  it('one wins, and the other is built again on top of it', async () => {
    const [tablet, watch] = [link('tablet'), link('watch')];
    const holds = [gates.dynamoDb.hold(transactionOf(tablet)), gates.dynamoDb.hold(transactionOf(watch))];
    const attempts = [
      phone.request('account.publish', tablet.request),
      laptop.request('account.publish', watch.request),
    ] as const;
    await Promise.all(holds.map(({ arrived }) => arrived));
    for (const { release } of holds) release();
    const outcomes = await Promise.allSettled(attempts);

    const lost = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []));
    expect(lost).toEqual(['stale-list']);
    const [winner, loser, client] =
      outcomes[0].status === 'fulfilled' ? [tablet, 'watch', laptop] : [watch, 'tablet', phone];

    const { lists } = await client.request('account.lists', { account: bob.id, after: 2 });
    expect(lists).toEqual([winner.request.list]);
    bob.account.append(winner.content);
    const rebased = link(`${loser} again`);
    const reply = await client.request('account.publish', rebased.request);
    expect(reply).toMatchObject({ sequence: 4, removed: [] });
    bob.account.append(rebased.content);
    expect(rebased.content.devices.map(({ id }) => id)).toEqual([1, 2, 3, 4]);
    for (const id of [3, 4]) await (await bob.connect(id)).close();
  });

  it('one that links a device and one that removes another leave the members of the one that won', async () => {
    const tablet = link('tablet');
    const { account } = bob;
    const content = account.next({ devices: account.content.devices.slice(0, 1), time: Date.now() });
    const removal = { list: signDeviceList(content, [account.accountSecret]), prekeys: [] };
    const transactions = [gates.dynamoDb.hold(transactionOf(tablet)), gates.dynamoDb.hold(removesSecond)];
    const attempts = [laptop.request('account.publish', tablet.request), phone.request('account.publish', removal)];
    await Promise.all(transactions.map(({ arrived }) => arrived));
    for (const { release } of transactions) release();
    const outcomes = await Promise.allSettled(attempts);
    const lost = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []));
    expect(lost).toEqual(['stale-list']);

    const [list, members] = outcomes[0]?.status === 'fulfilled' ? [tablet.request.list, 3] : [removal.list, 1];
    expect((await phone.request('account.lists', { account: bob.id, after: 2 })).lists).toEqual([list]);
    const presences = (await tables.scan('Connections')).filter((item) => item.account?.S === bob.id);
    expect(presences).toHaveLength(members);
  });

  it('the same list from two devices succeeds for both', async () => {
    const tablet = link('tablet');
    const transaction = gates.dynamoDb.hold(transactionOf(tablet));
    const first = phone.request('account.publish', tablet.request);
    await transaction.arrived;
    const second = laptop.request('account.publish', tablet.request);
    transaction.release();
    expect(await first).toMatchObject({ sequence: 3 });
    expect(await second).toMatchObject({ sequence: 3 });
  });

  it('a collision between transactions is tried again, and a lasting one is told as unavailable', async () => {
    const tablet = link('tablet');
    const conflict = { kind: 'transaction conflict' } as const;
    gates.dynamoDb.fail(transactionOf(tablet), conflict, conflict);
    expect(await phone.request('account.publish', tablet.request)).toMatchObject({ sequence: 3 });
    bob.account.append(tablet.content);

    const watch = link('watch');
    gates.dynamoDb.fail(transactionOf(watch), conflict, conflict, conflict, conflict, conflict);
    await expect(laptop.request('account.publish', watch.request)).rejects.toMatchObject({ code: 'unavailable' });
    expect(await laptop.request('account.publish', watch.request)).toMatchObject({ sequence: 4 });
  });
});

describe('a publication whose answer is lost', () => {
  it.each([
    ['after the transaction', true],
    ['before the transaction', false],
  ])('because the environment dies %s, succeeds when it is repeated', async (_when, applied) => {
    const tablet = link('tablet');
    gates.dynamoDb.fail(transactionOf(tablet), { kind: 'crash', applied });
    await expect(phone.request('account.publish', tablet.request)).rejects.toThrow();
    expect(await phone.request('account.publish', tablet.request)).toMatchObject({ sequence: 3 });
    bob.account.append(tablet.content);
    await (await bob.connect(3)).close();
  });

  it('does not set a ticket number back: a used ticket stays used', async () => {
    const tablet = link('tablet');
    await phone.request('account.publish', tablet.request);
    bob.account.append(tablet.content);
    const ticket = bob.ticket(3);
    await (await TestClient.open(cloud.url, ticket)).close();
    await phone.request('account.publish', tablet.request);
    await expect(TestClient.open(cloud.url, ticket)).rejects.toThrow('403');
  });
});

describe('tokens and freshness beside a publication', () => {
  it('a freshness statement for the old list cannot confirm the new one', async () => {
    const fresh = bob.account.fresh(Date.now());
    const confirming = gates.dynamoDb.hold(asks('UpdateItem', ':fresh'));
    const confirmed = expect(phone.request('account.fresh', { fresh })).rejects.toMatchObject({
      code: 'invalid-freshness',
    });
    await confirming.arrived;
    await bob.publish(laptop, { add: 1 });
    confirming.release();
    await confirmed;
    const { fresh: kept } = await laptop.request('account.lists', { account: bob.id, after: 0 });
    expect(kept).toBeUndefined();
  });

  it('a device that is removed meanwhile cannot change the contact tokens', async () => {
    const replacing = gates.dynamoDb.hold(asks('UpdateItem', ':tokens'));
    const replaced = expect(laptop.request('account.tokens', { tokens: [] })).rejects.toThrow();
    await replacing.arrived;
    await bob.publish(phone, { remove: [2] });
    replacing.release();
    await replaced;
    const guest = await Person.create(cloud.url, `caller ${people++}`);
    const client = await guest.connect(1);
    const lists = await client.request('account.lists', { account: bob.id, token: bob.token, after: 0 });
    expect(lists.sequence).toBe(3);
  });
});
