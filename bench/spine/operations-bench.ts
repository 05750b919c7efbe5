import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { relayRegistry } from '../../shared/store/relays.ts';
import { DeploymentTables } from '../../test/support/deployment-tables.ts';
import { Person } from '../../test/support/person.ts';
import { type Sotto, startSotto } from '../../test/support/sotto.ts';
import type { TestClient } from '../../test/support/test-client.ts';
import type { Row } from '../row.ts';
import { Tally } from './tally.ts';

const READS = ['GetItem', 'BatchGetItem', 'Query'];
const AGAINST = 'counted at the emulator';
const BUNDLE_BYTES = 400_000;

/** What each operation asks of AWS, counted on the real template; and what each function weighs. */
export async function run(): Promise<Row[]> {
  const tally = new Tally();
  const sotto = await startSotto({ observe: tally.observe });
  try {
    const alice = await Person.create(sotto.url, 'alice');
    const bob = await Person.create(sotto.url, 'bob', 2);
    const from = await alice.connect(1);
    const to = [await bob.connect(1), await bob.connect(2)];
    await bob.publishPreKeys(to[0] as TestClient, 1, 1, 100, 12);
    await bob.publishPreKeys(to[1] as TestClient, 2, 1, 100, 12);
    return [
      ...(await messageRows(tally, sotto, { alice, bob, from, to })),
      ...(await callRows(tally, sotto, { alice, bob, from, to })),
      ...(await otherRows(tally, { alice, bob, from, to })),
      ...bundleRows(sotto.assembly),
    ];
  } finally {
    await sotto.close();
  }
}

interface Scene {
  readonly alice: Person;
  readonly bob: Person;
  readonly from: TestClient;
  readonly to: readonly TestClient[];
}

/** Counts one piece of work, after a first time that pays for cold starts and the week's franking key. */
async function count<T>(tally: Tally, work: () => Promise<T>): Promise<T> {
  await work();
  tally.reset();
  return work();
}

async function messageRows(tally: Tally, sotto: Sotto, { alice, bob, from, to }: Scene): Promise<Row[]> {
  const { EphemeraTable: Ephemera, MailboxTable: Mailbox } = sotto.tables;
  await count(tally, () => from.request('message.send', alice.messageTo(bob)));
  const name = 'one message to two online devices';
  const send = [
    row(`${name}: reads`, tally.requests(READS), 'requests', 2),
    row(`${name}: mailbox puts`, tally.requests(['PutItem'], Mailbox), 'requests', 2),
    row(`${name}: posts`, tally.posts, 'requests', 2),
    row(`${name}: rate limits`, tally.requests(['UpdateItem'], Ephemera), 'requests', null),
    ...costs(name, tally),
  ];
  const pull = await count(tally, () => (to[0] as TestClient).request('message.pull', {}));
  const pulled = costs(`pull of ${pull.messages.length} messages`, tally);
  const ids = pull.messages.map(({ message, sender, senderDevice }) => ({ message, sender, senderDevice }));
  await count(tally, () => (to[0] as TestClient).request('message.ack', { messages: ids }));
  const ack = `ack of ${ids.length} messages`;
  return [
    ...send,
    ...pulled,
    row(`${ack}: deletes`, tally.requests(['BatchWriteItem', 'DeleteItem'], Mailbox), 'requests', 1),
    ...costs(ack, tally),
  ];
}

async function otherRows(tally: Tally, { alice, bob, from, to }: Scene): Promise<Row[]> {
  const rows: Row[] = [];
  const first = to[0] as TestClient;
  const devices = bob.account.content.devices.map(({ id, registration }) => ({ device: id, registration }));
  await count(tally, () => from.request('prekeys.fetch', { account: bob.id, token: bob.token, devices }));
  rows.push(...costs('prekeys of two devices', tally));
  await count(tally, () => from.request('account.lists', { account: bob.id, token: bob.token, after: 0 }));
  rows.push(...costs('device lists of an account', tally));
  await count(tally, () => from.request('message.send', alice.messageTo(bob, { ttl: 0 })));
  rows.push(...costs('typing notice to two online devices', tally));
  let page = 2;
  await count(tally, () => bob.publishPreKeys(first, 1, page++, 100, 12));
  rows.push(...costs('upload of 100 EC and 12 Kyber prekeys', tally));
  await count(tally, async () => (await bob.connect(1)).close());
  rows.push(...costs('a connection opened and closed', tally));
  const { id, identityKey, connectKey, added, consents } = bob.account.newDevice('to come', 3, 3);
  const device = { id, identityKey, connectKey, added, consents };
  await count(tally, () => first.request('account.reserve', { device }));
  rows.push(...costs('keys of a device reserved', tally));
  let person = 0;
  await count(tally, () => Person.create(alice.url, `newcomer ${person++}`));
  return [...rows, ...costs('a new account', tally)];
}

/** Two relays run; half an hour's call asks for credentials seven times on each side. */
async function callRows(tally: Tally, sotto: Sotto, { from, to }: Scene): Promise<Row[]> {
  const tables = new DeploymentTables(sotto);
  try {
    const registry = relayRegistry(tables.dynamo, tables.name('Relays'), () => Date.now() + 60_000);
    for (const zone of ['a', 'b']) {
      const where = { relay: `relay-${zone}`, zone, address: '192.0.2.7', ports: { udp: 3478, tcp: 3478 } };
      await registry.register({ ...where, started: 0, load: 0, secrets: ['00000000'] });
    }
  } finally {
    tables.close();
  }
  const newCall = () => ({ call: crypto.getRandomValues(new Uint8Array(16)) });
  await count(tally, () => (to[1] as TestClient).request('call.claim', newCall()));
  const claimed = costs('a call claimed, one other device told', tally);
  await count(tally, () => from.request('relay.credentials', newCall()));
  const first = costs('credentials of relays for a new call', tally);
  const call = newCall();
  await count(tally, () => from.request('relay.credentials', call));
  return [...claimed, ...first, ...costs('credentials of relays again', tally)];
}

const costs = (name: string, tally: Tally): Row[] => [
  row(`${name}: DynamoDB`, tally.allRequests, 'requests', null),
  row(`${name}: read`, tally.readUnits, 'units', null),
  row(`${name}: written`, tally.writeUnits, 'units', null),
  row(`${name}: API Gateway`, tally.messages, 'messages', null),
  row(`${name}: Lambda`, tally.invocations, 'invocations', null),
];

/** The modules that would be uploaded. */
function bundleRows(assembly: string): Row[] {
  return readdirSync(assembly)
    .map((entry) => join(assembly, entry, 'index.mjs'))
    .flatMap((file) => statSync(file, { throwIfNoEntry: false }) ?? [])
    .map(({ size }) => size)
    .sort((one, other) => other - one)
    .map((size, i) => row(`function bundle, ${i + 1}. by size`, size, 'bytes', BUNDLE_BYTES));
}

function row(name: string, value: number, unit: string, aim: number | null): Row {
  return { name, value, unit, against: AGAINST, aim, lowerIsBetter: true };
}
