import { rm } from 'node:fs/promises';
import { synthesizeStack } from '../../local/synthesis/stack.ts';
import { ACKS_PER_FRAME, DEVICES } from '../../shared/protocol/limits.ts';
import { TestAccount } from '../../test/support/identities.ts';
import { Person } from '../../test/support/person.ts';
import { startSotto } from '../../test/support/sotto.ts';
import type { TestClient } from '../../test/support/test-client.ts';
import type { Row } from '../row.ts';
import { Tally } from '../spine/tally.ts';
import { importMass } from './mass.ts';

const ACCOUNTS = { few: 100, many: 100_000 };
const WAITING = { one: 1, page: ACKS_PER_FRAME, many: 10_000 };

/** What one operation asks of DynamoDB and of the gateway. */
interface Cost {
  readonly requests: number;
  readonly units: number;
}

type Costs = Readonly<Record<string, Cost>>;

/** Requests and units of each operation: a large deployment divided by a small one. 1 is flat. */
export async function run(): Promise<Row[]> {
  const few = await measure(ACCOUNTS.few, ofAccounts);
  const many = await measure(ACCOUNTS.many, async (scene) => ({
    ...(await ofAccounts(scene)),
    ...(await ofWaitingMail(scene)),
    ...(await ofDevices(scene)),
  }));
  const accounts = `${ACCOUNTS.few} to ${ACCOUNTS.many} accounts`;
  const waiting = `${WAITING.one} to ${WAITING.many} messages waiting`;
  const full = `${WAITING.page} to ${WAITING.many} messages waiting`;
  const devices = `1 to ${DEVICES} devices, each`;
  return [
    ...Object.keys(few).flatMap((name) => rows(`${name}, ${accounts}`, few[name], many[name])),
    ...['send', 'ack of a message'].flatMap((name) =>
      rows(`${name}, ${waiting}`, many[`${name} with one waiting`], many[`${name} with many waiting`]),
    ),
    ...rows(`pull of a page, ${full}`, many['pull with a page waiting'], many['pull with many waiting']),
    ...rows(
      `pull, ${waiting}, each message pulled`,
      many['pull with one waiting'],
      each(many['pull with many waiting'], ACKS_PER_FRAME),
    ),
    ...rows(`send to connected devices, ${devices}`, many['send to one device'], each(many['send to all'], DEVICES)),
    ...rows(`prekeys, ${devices}`, many['prekeys of one device'], each(many['prekeys of all'], DEVICES)),
  ];
}

interface Scene {
  readonly url: string;
  cost(work: () => Promise<unknown>): Promise<Cost>;
}

/** Starts the stack among so many accounts. */
async function measure(accounts: number, work: (scene: Scene) => Promise<Costs>): Promise<Costs> {
  const tally = new Tally();
  const waiting = Object.entries(WAITING).map(([name, count]) => ({ installation: installationOf(name), count }));
  const data = await importMass(await synthesizeStack('dev'), accounts, waiting);
  const sotto = await startSotto({ data, observe: tally.observe });
  try {
    return await work({
      url: sotto.url,
      async cost(piece) {
        tally.reset();
        await piece();
        return { requests: tally.allRequests + tally.posts, units: tally.readUnits + tally.writeUnits };
      },
    });
  } finally {
    await sotto.close();
    await rm(data, { recursive: true, force: true });
  }
}

/** The only device of a person whose account is made later. */
function installationOf(name: string): string {
  const { account, content } = new TestAccount(name);
  return `${account}#1#${content.devices[0]?.registration}`;
}

async function ofAccounts({ url, cost }: Scene): Promise<Costs> {
  const alice = await Person.create(url, 'alice');
  const bob = await Person.create(url, 'bob', 2);
  const from = await alice.connect(1);
  const to = await bob.connect(1);
  await bob.publishPreKeys(to, 1, 1, 100, 12);
  // The first message of an environment reads the week's franking key.
  await from.request('message.send', alice.messageTo(bob));
  let person = 0;
  return {
    send: await cost(() => from.request('message.send', alice.messageTo(bob))),
    pull: await cost(() => to.request('message.pull', {})),
    ack: await costOfAck(to, ACKS_PER_FRAME, cost),
    prekeys: await cost(() => from.request('prekeys.fetch', keysOf(bob))),
    'device lists': await cost(() => from.request('account.lists', { account: bob.id, token: bob.token, after: 0 })),
    'a new list': await cost(() => bob.publish(to, { add: 1 })),
    connect: await cost(() => alice.connect(1)),
    'a new account': await cost(() => Person.create(url, `newcomer ${person++}`)),
  };
}

async function ofWaitingMail({ url, cost }: Scene): Promise<Costs> {
  const sender = await Person.create(url, 'sender');
  const from = await sender.connect(1);
  const costs: Record<string, Cost> = {};
  for (const name of Object.keys(WAITING)) {
    const label = `${name === 'page' ? 'a page' : name} waiting`;
    const person = await Person.create(url, name);
    const client = await person.connect(1);
    costs[`pull with ${label}`] = await cost(() => client.request('message.pull', {}));
    costs[`ack of a message with ${label}`] = await costOfAck(client, 1, cost);
    await client.close();
    costs[`send with ${label}`] = await cost(() => from.request('message.send', sender.messageTo(person)));
  }
  return costs;
}

async function ofDevices({ url, cost }: Scene): Promise<Costs> {
  const sender = await Person.create(url, 'another sender');
  const from = await sender.connect(1);
  const one = await Person.create(url, 'has one device');
  const all = await Person.create(url, 'has all devices');
  await (await all.connect(1)).close();
  const first = await all.connect(1);
  await all.publish(first, { add: DEVICES - 1 });
  for (const { id } of all.account.content.devices.slice(1)) await all.connect(id);
  await one.connect(1);
  return {
    'send to one device': await cost(() => from.request('message.send', sender.messageTo(one))),
    'send to all': await cost(() => from.request('message.send', sender.messageTo(all))),
    'prekeys of one device': await cost(() => from.request('prekeys.fetch', keysOf(one))),
    'prekeys of all': await cost(() => from.request('prekeys.fetch', keysOf(all))),
  };
}

function keysOf(person: Person) {
  const devices = person.account.content.devices.map(({ id, registration }) => ({ device: id, registration }));
  return { account: person.id, token: person.token, devices };
}

/** Acknowledges so many of the waiting messages; asking for their names is not counted. */
async function costOfAck(client: TestClient, count: number, cost: Scene['cost']): Promise<Cost> {
  const { messages } = await client.request('message.pull', {});
  const names = messages
    .slice(0, count)
    .map(({ message, sender, senderDevice }) => ({ message, sender, senderDevice }));
  return cost(() => client.request('message.ack', { messages: names }));
}

const each = (cost: Cost | undefined, count: number): Cost | undefined =>
  cost && { requests: cost.requests / count, units: cost.units / count };

/** @throws Error when one of the two was not measured */
function rows(name: string, small: Cost | undefined, large: Cost | undefined): Row[] {
  if (!small || !large) throw new Error(`not measured: ${name}`);
  const row = (what: keyof Cost): Row => ({
    name: `${name}: ${what}`,
    value: large[what] / small[what],
    unit: 'times',
    against: `${small[what]} counted at the emulator`,
    aim: 1,
    lowerIsBetter: true,
  });
  return [row('requests'), row('units')];
}
