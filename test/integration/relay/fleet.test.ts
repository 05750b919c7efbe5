import { createHmac } from 'node:crypto';
import { DeleteItemCommand, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ReplyOf } from '../../../shared/protocol/actions.ts';
import { base64UrlEncode } from '../../../shared/protocol/base64url.ts';
import { RATE_LIMITS, RELAY_CREDENTIALS_MS } from '../../../shared/protocol/limits.ts';
import { readRelaySecrets } from '../../../shared/store/relay-secrets.ts';
import { RELAY_STALE_MS, relayRegistry } from '../../../shared/store/relays.ts';
import { DeploymentTables } from '../../support/deployment-tables.ts';
import { asks, Gates } from '../../support/gates.ts';
import { seededBytes } from '../../support/identities.ts';
import { Person } from '../../support/person.ts';
import { fillRate } from '../../support/rates.ts';
import { type Sotto, startSotto } from '../../support/sotto.ts';
import type { TestClient } from '../../support/test-client.ts';

/** A stack that no other test runs is synthesized first, milliseconds. */
const SYNTHESIS_LIMIT = 180_000;

type Reply = ReplyOf<'relay.credentials'>;

const gates = new Gates();
let cloud: Sotto;
let tables: DeploymentTables;
let alice: Person;
let bob: Person;
let hers: TestClient;
let his: TestClient;
let calls = 0;

beforeAll(async () => {
  cloud = await startSotto({ hooks: gates.hooks });
  tables = new DeploymentTables(cloud);
  alice = await Person.create(cloud.url, 'alice');
  bob = await Person.create(cloud.url, 'bob', 2);
  hers = await alice.connect(1);
  his = await bob.connect(1);
}, SYNTHESIS_LIMIT);
beforeEach(async () => {
  for (const { fleet, relay } of await tables.scan('Relays')) {
    if (fleet && relay)
      await tables.dynamo.send(new DeleteItemCommand({ TableName: tables.name('Relays'), Key: { fleet, relay } }));
  }
});
afterEach(() => gates.open());
afterAll(async () => {
  tables?.close();
  await cloud?.close();
});

const newCall = () => seededBytes(`call ${calls++}`, 16);
const ask = (client: TestClient, call: Uint8Array) => client.request('relay.credentials', { call });
const namesIn = ({ relays }: Reply) => relays.map(({ relay }) => relay);

/** The registry as a relay uses it. @param ahead a clock that is ahead: a relay of a slow test must not become stale meanwhile */
const registry = (ahead = 60_000) => relayRegistry(tables.dynamo, tables.name('Relays'), () => Date.now() + ahead);

interface Kind {
  readonly zone?: string;
  readonly load?: number;
  readonly secrets?: readonly string[];
  readonly tlsHost?: string;
  readonly ahead?: number;
}

async function run(relay: string, { zone = 'a', load = 0, secrets = ['00000000'], tlsHost, ahead }: Kind = {}) {
  const ports = { udp: 3478, tcp: 3478, ...(tlsHost === undefined ? {} : { tls: 443 }) };
  const where = { address: '192.0.2.7', zone, ports, ...(tlsHost === undefined ? {} : { tlsHost }) };
  const registered = await registry(ahead).register({ relay, started: Date.now(), load, secrets, ...where });
  expect(registered).toBe(true);
}

const secretsNow = () => readRelaySecrets(cloud.vault.get(cloud.secrets.RelaySecret ?? '')?.text);
const passwordOf = (username: string, secret = secretsNow()[0]?.value ?? '') =>
  createHmac('sha1', secret).update(username).digest('base64');

describe('both parties of a call', () => {
  it('get the same relay first and one of another zone as a fallback, although they ask at once', async () => {
    for (const [i, zone] of ['a', 'b', 'c', 'a'].entries()) await run(`relay-${i}`, { zone });
    const zoneOf = (relay = '') => ['a', 'b', 'c', 'a'][Number(relay.slice(-1))];
    for (let i = 0; i < 10; i++) {
      const call = newCall();
      const [one, other] = await Promise.all([ask(hers, call), ask(his, call)]);
      expect(one.status).toBe('ready');
      expect(namesIn(other)).toEqual(namesIn(one));
      const [first, second] = namesIn(one);
      expect(zoneOf(second)).not.toBe(zoneOf(first));
    }
  });

  it('keep their relay for as long as they ask, whatever else comes up', async () => {
    await run('relay-0', { load: 80 });
    const call = newCall();
    expect(namesIn(await ask(hers, call))).toEqual(['relay-0']);
    await run('relay-1', { zone: 'b' });
    const both = await Promise.all([ask(hers, call), ask(his, call)]);
    expect(both.map(namesIn)).toEqual([
      ['relay-0', 'relay-1'],
      ['relay-0', 'relay-1'],
    ]);
  });

  it('get the same other one when theirs drains, although both find out at once', async () => {
    for (const relay of ['relay-0', 'relay-1', 'relay-2', 'relay-3']) await run(relay, { zone: relay });
    for (let left = 4; left > 1; left--) {
      const call = newCall();
      const [first = ''] = namesIn(await ask(hers, call));
      await registry().drain(first);
      const [one, other] = await Promise.all([ask(hers, call), ask(his, call)]);
      expect(namesIn(one)).not.toContain(first);
      expect(namesIn(one)).toHaveLength(Math.min(2, left - 1));
      expect(namesIn(other)).toEqual(namesIn(one));
    }
  });

  it('get the same ones when one party is overtaken between reading and writing', async () => {
    await run('relay-0');
    await run('relay-1', { zone: 'b' });
    for (let i = 0; i < 6; i++) {
      const call = newCall();
      let writes = 0;
      const isChoice = asks('PutItem', `relay-choice#${base64UrlEncode(call)}`);
      const choosing = gates.dynamoDb.hold((one) => isChoice(one) && writes++ === 0);
      const overtaken = ask(hers, call);
      await choosing.arrived;
      const other = await ask(his, call);
      choosing.release();
      expect(namesIn(await overtaken)).toEqual(namesIn(other));
    }
  });

  it('name the call in no other way than by its own id, and that for a quarter of an hour', async () => {
    await run('relay-0');
    const call = newCall();
    await ask(hers, call);
    const Key = { key: { S: `relay-choice#${base64UrlEncode(call)}` }, part: { S: 'choice' } };
    const { Item } = await tables.dynamo.send(new GetItemCommand({ TableName: tables.name('Ephemera'), Key }));
    expect(Object.keys(Item ?? {}).toSorted()).toEqual(['expires', 'key', 'part', 'relays']);
    expect(Number(Item?.expires?.N) * 1000 - Date.now()).toBeLessThanOrEqual(15 * 60_000);
  });
});

describe('a relay that must not be used', () => {
  it('is never handed out: stale, draining, expired, or without a secret that the functions know', async () => {
    await run('good', { load: 99 });
    await run('good-too', { load: 99 });
    await run('stale', { ahead: -RELAY_STALE_MS });
    await run('expired', { ahead: -10 * 60_000 });
    await run('draining');
    await registry().drain('draining');
    await run('stranger', { secrets: ['ffffffff'] });
    for (let i = 0; i < 20; i++) {
      const { relays } = await ask(hers, newCall());
      expect(relays.map(({ relay }) => relay).toSorted()).toEqual(['good', 'good-too']);
    }
  });

  it('does not come back by a heartbeat, nor by registering again', async () => {
    await run('relay-0');
    await registry().drain('relay-0');
    expect(await registry().beat('relay-0', { load: 0, secrets: ['00000000'] })).toBe('draining');
    const again = { relay: 'relay-0', address: '192.0.2.7', zone: 'a', ports: { udp: 1, tcp: 1 } };
    expect(await registry().register({ ...again, started: 0, load: 0, secrets: [] })).toBe(false);
    expect((await ask(hers, newCall())).status).toBe('starting');
    await registry().remove('relay-0');
    expect(await registry().beat('relay-0', { load: 0, secrets: [] })).toBe('gone');
    await registry().drain('relay-0');
    expect(await tables.scan('Relays')).toEqual([]);
  });

  it('leaves the call without one, and the client is told when to ask again', async () => {
    await run('stale', { ahead: -RELAY_STALE_MS });
    expect(await ask(hers, newCall())).toEqual({ status: 'starting', relays: [], retryAfter: expect.any(Number) });
  });
});

describe('credentials', () => {
  it('are what a TURN server with the secret accepts, for ten minutes', async () => {
    await run('relay-0', { tlsHost: 'turn.example.org' });
    const before = Date.now();
    const { relays } = await ask(hers, newCall());
    expect(relays).toHaveLength(1);
    const [relay] = relays;
    expect(relay?.endpoints).toEqual([
      { transport: 'udp', host: '192.0.2.7', port: 3478 },
      { transport: 'tcp', host: '192.0.2.7', port: 3478 },
      { transport: 'tls', host: 'turn.example.org', port: 443 },
    ]);
    const [end = '', random] = relay?.username.split(':') ?? [];
    expect(Number(end) * 1000).toBe(relay?.expires);
    expect(Number(end) * 1000).toBeGreaterThan(before + RELAY_CREDENTIALS_MS - 1_000);
    expect(Number(end) * 1000).toBeLessThanOrEqual(Date.now() + RELAY_CREDENTIALS_MS);
    expect(random).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect(relay?.password).toBe(passwordOf(relay?.username ?? ''));
  });

  it('name nobody: they are other ones for each device, each relay and each time', async () => {
    await run('relay-0');
    await run('relay-1', { zone: 'b' });
    const call = newCall();
    const replies = await Promise.all([ask(hers, call), ask(his, call), ask(hers, call)]);
    const randoms = replies.flatMap(({ relays }) => relays.map(({ username }) => username.split(':')[1]));
    expect(new Set(randoms).size).toBe(6);
  });

  it('are signed with the newest secret that the relay itself has', async () => {
    const [old] = secretsNow();
    const arn = cloud.secrets.RelaySecret ?? '';
    const before = cloud.vault.get(arn);
    const secrets = [{ id: 'aaaaaaaa', value: base64UrlEncode(seededBytes('new secret')) }, old];
    await cloud.vault.put(arn, { id: 'rotated', text: JSON.stringify({ secrets }), created: Date.now() });
    try {
      // An environment keeps what it has read for five minutes: this takes a new one.
      gates.invocation.fail(({ trigger }) => trigger === 'relay.credentials', { kind: 'cold start' });
      await run('behind');
      await run('ahead', { zone: 'b', secrets: ['aaaaaaaa', '00000000'] });
      const { relays } = await ask(hers, newCall());
      expect(relays).toHaveLength(2);
      for (const { relay, username, password } of relays) {
        expect(password).toBe(passwordOf(username, secrets[relay === 'ahead' ? 0 : 1]?.value));
      }
    } finally {
      if (before) await cloud.vault.put(arn, before);
    }
  });

  it('are not handed out before there is a lease, by which whoever has them is told of a drain', async () => {
    await run('relay-of-the-lease');
    gates.dynamoDb.fail(asks('PutItem', 'lease#'), { kind: 'crash', applied: false });
    const call = newCall();
    await expect(ask(hers, call)).rejects.toThrow();
    const leases = async () =>
      (await tables.scan('Ephemera')).filter(({ key }) => key?.S === 'lease#relay-of-the-lease');
    expect(await leases()).toEqual([]);
    await ask(hers, call);
    await ask(hers, call);
    await ask(his, call);
    const open = (await tables.scan('Connections')).flatMap(({ connection }) => connection?.S ?? []);
    const found = await leases();
    expect(found).toHaveLength(2);
    expect(open).toEqual(expect.arrayContaining(found.map(({ part }) => part?.S)));
    for (const { expires } of found) {
      expect(Number(expires?.N) * 1000 - Date.now()).toBeGreaterThan(14 * 60_000);
      expect(Number(expires?.N) * 1000 - Date.now()).toBeLessThanOrEqual(15 * 60_000);
    }
  });

  it('are for devices that are in their account’s list', async () => {
    await run('relay-0');
    const tablet = await bob.connect(2);
    const ending = gates.management.hold(({ method }) => method === 'DELETE');
    const published = bob.publish(his, { remove: [2] });
    await Promise.race([ending.arrived, published]);
    await expect(ask(tablet, newCall())).rejects.toMatchObject({ code: 'not-current' });
    ending.release();
    await published;
    await tablet.whenClosed();
  });

  it('are not without a limit', async () => {
    await run('relay-0');
    const carol = await Person.create(cloud.url, 'carol');
    const phone = await carol.connect(1);
    await fillRate(tables, 'relay', carol.id, RATE_LIMITS.relay.limit);
    await expect(ask(phone, newCall())).rejects.toMatchObject({ code: 'rate-limited' });
    await phone.close();
  });
});
