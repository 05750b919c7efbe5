import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DynamoDbCall } from '../../../local/faults/hooks.ts';
import { DeploymentTables } from '../../support/deployment-tables.ts';
import { asks, Gates } from '../../support/gates.ts';
import { testSignedPreKey } from '../../support/identities.ts';
import { Person } from '../../support/person.ts';
import { type Sotto, startSotto } from '../../support/sotto.ts';
import { TestClient } from '../../support/test-client.ts';
import { ORDERS, PLACES, sendInSteps } from './send-steps.ts';

const gates = new Gates();
let cloud: Sotto;
let tables: DeploymentTables;
let alice: Person;
let from: TestClient;
let bob: Person;
let phone: TestClient;
let people = 0;

beforeAll(async () => {
  cloud = await startSotto({ hooks: gates.hooks });
  tables = new DeploymentTables(cloud);
  alice = await Person.create(cloud.url, 'alice');
  from = await alice.connect(1);
});
afterEach(() => gates.open());
afterAll(async () => {
  tables?.close();
  await cloud?.close();
});
beforeEach(async () => {
  bob = await Person.create(cloud.url, `bob ${people++}`, 2);
  phone = await bob.connect(1);
});

/** Partition of everything that is kept for Bob's second device as it is listed now. */
const partitionOfSecond = () => `${bob.id}#2#${bob.account.device(2).registration}`;

async function kept(table: 'Mailbox' | 'PreKeys', partition: string): Promise<unknown[]> {
  return (await tables.scan(table)).filter(({ device }) => device?.S === partition);
}

const clearsMail = (call: DynamoDbCall) =>
  asks('Query', `${bob.id}#2#`)(call) && call.tables.some((table) => table.includes('Mailbox'));

describe('a device that is removed during a send', () => {
  it.each(ORDERS)('leaving the list at place %i and cleared at place %i, keeps no mail', async (leaves, clears) => {
    const partition = partitionOfSecond();
    const message = alice.messageTo(bob);
    let published: Promise<unknown> | undefined;
    let clearing = { release: (): void => {} };
    const reply = await sendInSteps(gates, from, message, async (place) => {
      if (place === leaves) {
        const held = gates.dynamoDb.hold(clearsMail);
        clearing = held;
        published = bob.publish(phone, { remove: [2] });
        await Promise.race([held.arrived, published]);
      }
      if (place === clears) {
        clearing.release();
        await published;
      }
    });
    const statuses = reply.devices.map(({ status }) => status);
    expect(statuses).toEqual(['stored', leaves < 2 ? 'unknown' : 'stored']);
    expect(await kept('Mailbox', partition)).toEqual([]);
    expect(await kept('PreKeys', partition)).toEqual([]);
    await phone.close();
  });

  it.each(PLACES)('removed and replaced at place %i, leaves nothing to the successor with its id', async (replaced) => {
    const partition = partitionOfSecond();
    const message = alice.messageTo(bob);
    const before = await bob.connect(2);
    let successor: TestClient | undefined;
    const reply = await sendInSteps(gates, from, message, async (place) => {
      if (place !== replaced) return;
      await bob.publish(phone, { remove: [2] });
      await bob.publish(phone, { add: 1 });
      successor = await bob.connect(2);
    });
    expect(reply.devices[1]?.status).toBe(replaced < 2 ? 'stale' : 'stored');
    expect(await successor?.request('message.pull', {})).toEqual({ messages: [] });
    expect(successor?.takeEvents()).toEqual([]);
    expect(await kept('Mailbox', partition)).toEqual([]);
    expect(partitionOfSecond()).not.toBe(partition);
    await before.whenClosed();
    await successor?.close();
    await phone.close();
  });
});

describe('a send whose environment dies after storing for a device that has been removed', () => {
  it('is finished by its repetition: nothing of it stays', async () => {
    const partition = partitionOfSecond();
    const message = alice.messageTo(bob);
    const storing = gates.dynamoDb.hold(asks('PutItem', partition));
    const sent = expect(from.request('message.send', message)).rejects.toThrow();
    await storing.arrived;
    await bob.publish(phone, { remove: [2] });
    storing.release({ kind: 'crash', applied: true });
    await sent;
    expect(await kept('Mailbox', partition)).toHaveLength(1);
    const reply = await from.request('message.send', message);
    expect(reply.devices.map(({ status }) => status)).toEqual(['stored', 'unknown']);
    expect(await kept('Mailbox', partition)).toEqual([]);
    await phone.close();
  });
});

describe('a device that connects while it is removed', () => {
  it.each([
    ['stays out', 0],
    ['stays out although its id is taken by another', 1],
  ])('%s', async (_what, successors) => {
    const registering = gates.dynamoDb.hold(
      (call) => asks('UpdateItem', bob.id)(call) && call.functionId.includes('Session'),
    );
    const connecting = expect(TestClient.open(cloud.url, bob.ticket(2))).rejects.toThrow('403');
    await registering.arrived;
    await bob.publish(phone, { remove: [2] });
    if (successors > 0) await bob.publish(phone, { add: successors });
    registering.release();
    await connecting;
    const presences = (await tables.scan('Connections')).filter(
      ({ account, device }) => account?.S === bob.id && device?.N === '2',
    );
    expect(presences).toHaveLength(successors);
    expect(presences.flatMap(({ connection }) => connection ?? [])).toEqual([]);
    await phone.close();
  });

  it('is out at once when it is connected: its socket closes and its requests are refused before', async () => {
    const tablet = await bob.connect(2);
    const ending = gates.management.hold(({ method }) => method === 'DELETE');
    const published = bob.publish(phone, { remove: [2] });
    await Promise.race([ending.arrived, published]);
    const attempts = [
      tablet.request('message.send', bob.messageTo(alice)),
      tablet.request('account.lists', { account: bob.id, after: 0 }),
      tablet.request('message.pull', {}),
    ];
    const outcomes = await Promise.allSettled(attempts);
    const refused = { status: 'rejected', reason: expect.objectContaining({ code: 'not-current' }) };
    expect(outcomes).toEqual(attempts.map(() => refused));
    ending.release();
    await published;
    await tablet.whenClosed();
    await phone.close();
  });
});

describe('prekeys of a device that is removed meanwhile', () => {
  it('do not stay when they were being uploaded', async () => {
    const partition = partitionOfSecond();
    const tablet = await bob.connect(2);
    const keys = [{ id: 1, key: testSignedPreKey(bob.account.keys(2), 1).key }];
    const storing = gates.dynamoDb.hold(asks('BatchWriteItem', 'ec#'));
    const uploaded = expect(
      tablet.request('prekeys.publish', { ec: { page: 1, from: 0, keys, count: 1 } }),
    ).rejects.toThrow();
    await storing.arrived;
    await bob.publish(phone, { remove: [2] });
    storing.release();
    await uploaded;
    await expect.poll(() => kept('PreKeys', partition)).toEqual([]);
    await phone.close();
  });

  it('do not come back when somebody was taking one', async () => {
    const partition = partitionOfSecond();
    const { registration } = bob.account.device(2);
    const taking = gates.dynamoDb.hold(asks('UpdateItem', 'cursor#'));
    const devices = [{ device: 2, registration }];
    const fetched = from.request('prekeys.fetch', { account: bob.id, token: bob.token, devices });
    await taking.arrived;
    await bob.publish(phone, { remove: [2] });
    taking.release();
    expect(await fetched).toEqual({ bundles: [], failed: [{ device: 2, reason: 'unavailable' }] });
    expect(await kept('PreKeys', partition)).toEqual([]);
    await phone.close();
  });
});

describe('a publication whose environment dies', () => {
  it('between the list and the clearing is finished by its repetition', async () => {
    const partition = partitionOfSecond();
    await from.request('message.send', alice.messageTo(bob));
    expect(await kept('Mailbox', partition)).toHaveLength(1);
    const list = bob.account.publish({ remove: [2], later: Date.now() - bob.account.content.time });
    gates.dynamoDb.fail(clearsMail, { kind: 'crash', applied: false });
    await expect(phone.request('account.publish', { list, prekeys: [] })).rejects.toThrow();
    expect(await kept('Mailbox', partition)).toHaveLength(1);
    const reply = await phone.request('account.publish', { list, prekeys: [] });
    expect(reply.removed).toEqual([2]);
    expect(await kept('Mailbox', partition)).toEqual([]);
    expect(await kept('PreKeys', partition)).toEqual([]);
    await phone.close();
  });
});
