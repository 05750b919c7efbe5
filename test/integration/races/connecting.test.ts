import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DynamoDbCall } from '../../../local/faults/hooks.ts';
import { CONNECTION_MS } from '../../../shared/protocol/limits.ts';
import { DeploymentTables } from '../../support/deployment-tables.ts';
import { asks, Gates } from '../../support/gates.ts';
import { Person } from '../../support/person.ts';
import { type Sotto, startSotto } from '../../support/sotto.ts';
import { TestClient } from '../../support/test-client.ts';
import { Witness } from '../../support/witness.ts';
import { ORDERS, PLACES, sendInSteps } from './send-steps.ts';

const gates = new Gates();
const witness = new Witness();
let cloud: Sotto;
let tables: DeploymentTables;
let alice: Person;
let bob: Person;
let from: TestClient;

beforeAll(async () => {
  cloud = await startSotto({ hooks: gates.hooks, observe: witness.observe });
  tables = new DeploymentTables(cloud);
  alice = await Person.create(cloud.url, 'alice');
  bob = await Person.create(cloud.url, 'bob');
  from = await alice.connect(1);
});
afterEach(() => gates.open());
afterAll(async () => {
  tables?.close();
  await cloud?.close();
});
beforeEach(() => {
  witness.seen.length = 0;
});

/** Ids of all waiting mail, as a client that has just connected asks for it. */
async function pull(client: TestClient): Promise<string[]> {
  const { messages } = await client.request('message.pull', {});
  if (messages.length > 0) {
    const names = messages.map(({ message, sender, senderDevice }) => ({ message, sender, senderDevice }));
    await client.request('message.ack', { messages: names });
  }
  return messages.map(({ message }) => message);
}

/** Ids of what has been pushed before this was called. */
async function pushed(client: TestClient): Promise<string[]> {
  await client.request('hello', {});
  return client.takeEvents().flatMap((event) => (event.event === 'message' ? [event.message] : []));
}

/** Shows that the device is registered with this connection: what is sent now is pushed to it. */
async function expectReachable(client: TestClient): Promise<void> {
  const message = alice.messageTo(bob);
  await from.request('message.send', message);
  expect(await pushed(client)).toContain(message.message);
  await pull(client);
}

async function leave(client: TestClient): Promise<void> {
  const told = witness.disconnected();
  await client.close();
  await told;
}

const registers = (call: DynamoDbCall) => call.operation === 'UpdateItem' && call.functionId.includes('Session');

/** Makes every connection look so old, in milliseconds. */
async function ageConnections(age: number): Promise<void> {
  for (const { account, device, connection } of await tables.scan('Connections')) {
    if (!connection || !account || !device) continue;
    await tables.dynamo.send(
      new UpdateItemCommand({
        TableName: tables.name('Connections'),
        Key: { account, device },
        UpdateExpression: 'SET connectedAt = :then',
        ExpressionAttributeValues: { ':then': { N: String(Date.now() - age) } },
      }),
    );
  }
}

describe('a send while the recipient connects', () => {
  it.each(ORDERS)('registering at place %i and opening at place %i', async (registered, opened) => {
    const message = alice.messageTo(bob);
    const got: string[] = [];
    let opening: Promise<TestClient> | undefined;
    let open = (): void => {};
    await sendInSteps(gates, from, message, async (place) => {
      if (place === registered) {
        // The update takes effect, and its answer is lost: while the SDK's repetition is held, the socket is not open yet.
        const registering = gates.dynamoDb.hold(registers);
        opening = bob.connect(1);
        await registering.arrived;
        const repetition = gates.dynamoDb.hold(registers);
        registering.release({ kind: 'server error', applied: true });
        await repetition.arrived;
        open = repetition.release;
      }
      if (place === opened) {
        open();
        got.push(...(await pull(await (opening as Promise<TestClient>))));
      }
    });
    const client = await (opening as unknown as Promise<TestClient>);
    got.push(...(await pushed(client)));
    expect(got).toContain(message.message);
    // A push that came while the socket was not open was answered 410, and must not have cost the device its registration.
    const gone = witness.count((seen) => seen.type === 'management' && seen.status === 410);
    expect(gone).toBe(registered < 2 && opened === 3 ? 1 : 0);
    await expectReachable(client);
    await leave(client);
  });
});

describe('a send while the recipient goes and comes back', () => {
  const cases = PLACES.flatMap((cut) =>
    PLACES.flatMap((back) => [true, false].map((late) => [cut, back, late ? 'late' : 'at once'] as const)),
  );

  it.each(cases)('socket cut at place %i, a new one at place %i, $disconnect told %s', async (cut, back, told) => {
    const old = await bob.connect(1);
    await pull(old);
    const message = alice.messageTo(bob);
    const got: string[] = [];
    let client: TestClient | undefined;
    const disconnect = gates.disconnect.hold(() => true);
    const tell = async (): Promise<void> => {
      const done = witness.disconnected();
      disconnect.release();
      await done;
    };
    await sendInSteps(gates, from, message, async (place) => {
      if (place === cut) {
        old.terminate();
        await disconnect.arrived;
        if (told === 'at once') await tell();
      }
      if (place === back) {
        client = await bob.connect(1);
        got.push(...(await pull(client)));
      }
    });
    if (told === 'late') await tell();
    if (!client) throw new Error('not back');
    got.push(...(await pushed(client)));
    expect(got).toContain(message.message);
    await expectReachable(client);
    await leave(client);
  });
});

describe('two connections of one device', () => {
  it('the older cannot overtake the newer', async () => {
    const ticket = bob.ticket(1);
    const number = ticket.split('.')[5];
    const registering = gates.dynamoDb.hold(asks('UpdateItem', `":ticket":{"N":"${number}"}`));
    const older = expect(TestClient.open(cloud.url, ticket)).rejects.toThrow('403');
    await registering.arrived;
    const newer = await bob.connect(1);
    registering.release();
    await older;
    await expectReachable(newer);
    await leave(newer);
  });

  it('a ticket opens one connection', async () => {
    const ticket = bob.ticket(1);
    const client = await TestClient.open(cloud.url, ticket);
    await expect(TestClient.open(cloud.url, ticket)).rejects.toThrow('403');
    await expectReachable(client);
    await leave(client);
  });

  it('the older is refused everything, and deletes nothing', async () => {
    const older = await bob.connect(1);
    const newer = await bob.connect(1);
    const message = alice.messageTo(bob);
    await from.request('message.send', message);
    const name = { message: message.message, sender: alice.id, senderDevice: 1 };
    const attempts = [
      older.request('message.ack', { messages: [name] }),
      older.request('message.pull', {}),
      older.request('message.send', bob.messageTo(alice)),
      older.request('prekeys.count', {}),
      older.request('account.tokens', { tokens: [] }),
      older.request('hello', {}),
    ];
    const outcomes = await Promise.allSettled(attempts);
    const refused = { status: 'rejected', reason: expect.objectContaining({ code: 'not-current' }) };
    expect(outcomes).toEqual(attempts.map(() => refused));
    expect(await pull(newer)).toContain(message.message);
    await older.close();
    await leave(newer);
  });
});

describe('a connection of which nobody told that it is gone', () => {
  /** Its end is not told to the function, and it is as old as that. */
  async function lose(age: number): Promise<void> {
    const disconnect = gates.disconnect.hold(() => true);
    const client = await bob.connect(1);
    client.terminate();
    await disconnect.arrived;
    disconnect.release({ kind: 'lost' });
    await ageConnections(age);
  }

  it('is forgotten by the first push that finds it gone', async () => {
    // Older than a connection that is about to open can be.
    await lose(60_000);
    await from.request('message.send', alice.messageTo(bob));
    const presences = await tables.scan('Connections');
    expect(presences.find(({ account }) => account?.S === bob.id)).not.toHaveProperty('connection');
    const back = await bob.connect(1);
    expect(await pull(back)).toHaveLength(1);
    await expectReachable(back);
    await leave(back);
  });

  it('is not pushed to any more when it is older than any connection can be', async () => {
    await lose(CONNECTION_MS + 1_000);
    const sender = await Person.create(cloud.url, 'sender to an old connection');
    const client = await sender.connect(1);
    witness.seen.length = 0;
    await client.request('message.send', sender.messageTo(bob));
    expect(witness.count((seen) => seen.type === 'management')).toBe(0);
    await client.close();
  });
});
