import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import * as z from 'zod/mini';
import type { Endpoint } from '../../../relay/turn/address.ts';
import { TurnClient } from '../../../relay/turn/client.ts';
import { untilReachable } from '../../../relay/turn/reachable.ts';
import { openTcp, openUdp } from '../../../relay/turn/socket.ts';
import { type RelayRecord, readRelay } from '../../../shared/store/relay-items.ts';
import { readRelaySecrets } from '../../../shared/store/relay-secrets.ts';
import { turnCredentials } from '../../../shared/store/turn-credentials.ts';
import { findTurnserver } from '../../support/coturn.ts';
import { DeploymentTables } from '../../support/deployment-tables.ts';
import { eventually } from '../../support/eventually.ts';
import { StartProgram } from '../../support/programs.ts';
import { type Sotto, startSotto } from '../../support/sotto.ts';

const running = z.object({
  relay: z.object({ state: z.literal('running'), address: z.string(), port: z.number() }),
});

let sotto: Sotto;
let tables: DeploymentTables;
const clients: TurnClient[] = [];

beforeAll(async () => {
  findTurnserver();
  sotto = await startSotto({ relay: true });
  tables = new DeploymentTables(sotto);
}, 120_000);
afterAll(async () => {
  for (const client of clients) client.close();
  tables?.close();
  await sotto?.close();
});

async function relays(): Promise<RelayRecord[]> {
  return (await tables.scan('Relays')).map(readRelay);
}

/** A client with credentials as the function makes them. */
async function clientOf({ address, ports }: RelayRecord, transport: 'udp' | 'tcp'): Promise<TurnClient> {
  const [arn = ''] = Object.values(sotto.secrets);
  const [newest] = readRelaySecrets(sotto.vault.get(arn)?.text);
  const server = { address, port: ports[transport] };
  const socket = transport === 'udp' ? await openUdp(server) : await openTcp(server);
  const client = new TurnClient(socket, turnCredentials(newest?.value ?? '', Date.now()));
  clients.push(client);
  return client;
}

it('runs the relay of the template, and names it on the health page', async () => {
  const [record, ...others] = await relays();
  expect(others).toEqual([]);
  expect(record).toMatchObject({ state: 'active', address: '127.0.0.1' });
  const health: unknown = await (await fetch(sotto.health)).json();
  expect(health).toMatchObject({ relay: { state: 'running', address: '127.0.0.1', port: record?.ports.udp } });
  expect(sotto.services[0]?.tasks.map(({ id }) => id)).toEqual([record?.relay]);
});

it('admits whoever has credentials of the secret that the functions sign with', async () => {
  const [record] = await relays();
  if (!record) return expect.fail('no relay');
  for (const transport of ['udp', 'tcp'] as const) {
    const client = await clientOf(record, transport);
    expect((await client.allocate()).relayed.address).toBe('127.0.0.1');
    await client.refresh(0);
  }
});

it('starts another one when the relay has drained, and the function that tells clients was invoked', async () => {
  const [first] = await relays();
  if (!first) return expect.fail('no relay');
  await tables.dynamo.send(
    new UpdateItemCommand({
      TableName: tables.name('Relays'),
      Key: { fleet: { S: 'main' }, relay: { S: first.relay } },
      UpdateExpression: 'SET #state = :draining',
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: { ':draining': { S: 'draining' } },
    }),
  );
  await eventually(async () => (await relays()).map(({ relay, state }) => [relay !== first.relay, state])).toEqual([
    [true, 'active'],
  ]);
  expect(sotto.lambda.environments).toMatchObject(
    Object.fromEntries(
      Object.keys(sotto.lambda.environments)
        .filter((id) => id.includes('RelayDrain'))
        .map((id) => [id, 1]),
    ),
  );
  expect(sotto.log.join('')).not.toMatch(/AccessDenied|not authorized/);
});

it('ends with the cloud', async () => {
  const another = await startSotto({ relay: true });
  const server = await relayOf(another.health);
  expect(await isReachable(server)).toBe(true);
  await another.close();
  expect(await isReachable(server)).toBe(false);
});

it('ends with the cloud even when that is killed', async () => {
  const program = await StartProgram.inNewFolder();
  try {
    const server = await relayOf(`${(await program.start(0)).replace(/^ws:/, 'http:').replace(/\/sotto$/, '')}/health`);
    expect(await isReachable(server)).toBe(true);
    await program.kill();
    await eventually(() => isReachable(server)).toBe(false);
  } finally {
    await program.remove();
  }
});

async function relayOf(health: string): Promise<Endpoint> {
  return running.parse(await (await fetch(health)).json()).relay;
}

/** Milliseconds that a relay on this machine may take to answer. */
const ANSWER_LIMIT = 500;

function isReachable(server: Endpoint): Promise<boolean> {
  return untilReachable(server, ANSWER_LIMIT).then(
    () => true,
    () => false,
  );
}
