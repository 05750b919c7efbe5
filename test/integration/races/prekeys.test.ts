import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ReplyOf, RequestOf } from '../../../shared/protocol/actions.ts';
import { burst } from '../../support/burst.ts';
import { DeploymentTables } from '../../support/deployment-tables.ts';
import { asks, Gates } from '../../support/gates.ts';
import { testKemPreKey, testSignedPreKey } from '../../support/identities.ts';
import { Person } from '../../support/person.ts';
import { type Sotto, startSotto } from '../../support/sotto.ts';
import type { TestClient } from '../../support/test-client.ts';

type Bundle = ReplyOf<'prekeys.fetch'>['bundles'][number];

/** Two hundred requests at once keep a small machine busy. */
vi.setConfig({ testTimeout: 180_000 });

const KEYS = 100;
const FETCHERS = 8;
/** One account may take 40 of another in an hour; a request that the SDK repeats on a busy machine counts twice. */
const EACH = 25;

let cloud: Sotto;
let tables: DeploymentTables;
let fetchers: Person[];
const gates = new Gates();
beforeAll(async () => {
  cloud = await startSotto({ hooks: gates.hooks });
  tables = new DeploymentTables(cloud);
  fetchers = await Promise.all(Array.from({ length: FETCHERS }, (_, i) => Person.create(cloud.url, `fetcher ${i}`)));
});
afterEach(() => gates.open());
afterAll(async () => {
  tables?.close();
  await cloud?.close();
});

/** Ids of the keys of a page: another page has others. */
const idsOf = (page: number) => Array.from({ length: KEYS }, (_, i) => page * 1_000 + i);

function ecPage(person: Person, page: number): Omit<RequestOf<'prekeys.publish'>, 'action' | 'id'> {
  const keys = idsOf(page).map((id) => ({ id, key: testSignedPreKey(person.account.keys(1), id).key }));
  return { ec: { page, from: 0, keys, count: KEYS } };
}

async function publishKem(person: Person, client: TestClient, page: number): Promise<void> {
  const keys = idsOf(page).map((id) => testKemPreKey(person.account.keys(1), id));
  for (let from = 0; from < KEYS; from += 12) {
    const part = { page, from, keys: keys.slice(from, from + 12) };
    await client.request('prekeys.publish', { kem: from + 12 >= KEYS ? { ...part, count: KEYS } : part });
  }
}

const fetchFrom = (target: Person) => ({
  account: target.id,
  token: target.token,
  devices: target.account.content.devices.map(({ id, registration }) => ({ device: id, registration })),
});

/** Everybody asks at once, so many times each; those that the gateway throttled, or that got no answer in time, ask again when `again` is set. */
async function everybodyFetches(target: Person, times: number, again: boolean): Promise<Bundle[]> {
  const bundles: Bundle[] = [];
  const work = fetchers.map(async (fetcher) => {
    for (let left = times; left > 0; ) {
      const requests = Array.from({ length: left }, () => fetchFrom(target));
      const outcome = await burst(cloud.url, () => fetcher.ticket(1), 'prekeys.fetch', requests);
      expect(outcome.refused.filter((code) => code !== 'unavailable')).toEqual([]);
      bundles.push(...outcome.replies.flatMap((reply) => reply.bundles));
      left = again ? outcome.unanswered + outcome.refused.length : 0;
    }
  });
  // All have ended before one that failed is told of: else it would still be fetching in the next test.
  await Promise.allSettled(work);
  await Promise.all(work);
  return bundles;
}

/** Takes whose taker never got an answer: of the environments that died, and those that the SDK repeated. Their keys are lost. */
async function lostTakes(target: Person, kind: 'ec' | 'kem', answered: number): Promise<number> {
  const items = await tables.scan('PreKeys');
  const cursor = items.find((item) => item.device?.S?.startsWith(target.id) && item.part?.S === `cursor#${kind}`);
  return Number(cursor?.next?.N) - answered;
}

const ecIds = (bundles: readonly Bundle[]) => bundles.flatMap(({ ec }) => (ec ? [ec.id] : [])).sort((a, b) => a - b);
const kemIds = (bundles: readonly Bundle[]) =>
  bundles.flatMap(({ kem, lastResort }) => (lastResort ? [] : [kem.id])).sort((a, b) => a - b);

describe('200 fetchers of 100 one-time keys', () => {
  it('are given all of them, none twice, and then the last resort', async () => {
    const target = await Person.create(cloud.url, 'target');
    const client = await target.connect(1);
    await client.request('prekeys.publish', ecPage(target, 1));
    await publishKem(target, client, 1);

    const bundles = await everybodyFetches(target, EACH, true);
    expect(bundles).toHaveLength(FETCHERS * EACH);
    for (const [kind, given] of [
      ['ec', ecIds(bundles)],
      ['kem', kemIds(bundles)],
    ] as const) {
      expect(new Set(given).size).toBe(given.length);
      expect(idsOf(1)).toEqual(expect.arrayContaining(given));
      expect(given.length).toBeGreaterThanOrEqual(KEYS - (await lostTakes(target, kind, bundles.length)));
    }
    expect(await client.request('prekeys.count', {})).toMatchObject({ ec: { left: 0 }, kem: { left: 0 } });
    await client.close();
  });

  it('are given none twice when environments die before and after a key is taken', async () => {
    const target = await Person.create(cloud.url, 'target of crashes');
    const client = await target.connect(1);
    await client.request('prekeys.publish', ecPage(target, 1));
    const crashes = [true, false, true, true, false, true].map((applied) => ({ kind: 'crash' as const, applied }));
    gates.dynamoDb.fail(asks('UpdateItem', 'cursor#ec'), ...crashes);
    gates.dynamoDb.fail(asks('BatchGetItem', `${target.id}#1#`), { kind: 'crash', applied: false });

    const bundles = await everybodyFetches(target, EACH, false);
    const given = ecIds(bundles);
    expect(new Set(given).size).toBe(given.length);
    // The five crashes after a take have burned a key each.
    expect(given.length).toBeLessThanOrEqual(KEYS - 5);
    expect(given.length).toBeGreaterThanOrEqual(KEYS - (await lostTakes(target, 'ec', bundles.length)));
    await client.close();
  });
});

describe('uploading while others fetch', () => {
  it('hands out keys of the old page, then of the new one, none twice', async () => {
    const target = await Person.create(cloud.url, 'target of uploads');
    const client = await target.connect(1);
    await client.request('prekeys.publish', ecPage(target, 1));
    const [bundles] = await Promise.all([
      everybodyFetches(target, 12, true),
      client.request('prekeys.publish', ecPage(target, 2)),
      client.request('prekeys.publish', ecPage(target, 2)),
    ]);
    const given = ecIds(bundles);
    expect(given).toHaveLength(FETCHERS * 12);
    expect(new Set(given).size).toBe(given.length);
    for (const { ec } of bundles) {
      expect(ec?.key).toEqual(testSignedPreKey(target.account.keys(1), ec?.id).key);
    }
    const { ec } = await client.request('prekeys.count', {});
    expect(ec.page).toBe(2);
    expect(ec.left).toBeLessThanOrEqual(KEYS - given.filter((id) => id >= 2_000).length);
    await client.close();
  });

  it('leaves the page of a taker who is between the two requests of a take', async () => {
    const target = await Person.create(cloud.url, 'target of a slow taker');
    const client = await target.connect(1);
    await client.request('prekeys.publish', ecPage(target, 1));
    const taker = await (fetchers[0] as Person).connect(1);
    const reading = gates.dynamoDb.hold(asks('BatchGetItem', 'ec#0000000000000001'));
    const fetched = taker.request('prekeys.fetch', fetchFrom(target));
    await reading.arrived;
    await client.request('prekeys.publish', ecPage(target, 2));
    reading.release();
    expect(ecIds((await fetched).bundles)).toEqual([1_000]);

    await client.request('prekeys.publish', ecPage(target, 3));
    const parts = await taker.request('prekeys.fetch', fetchFrom(target));
    expect(ecIds(parts.bundles)).toEqual([3_000]);
    await taker.close();
    await client.close();
  });

  it('a late repetition of the last frame does not begin the page anew', async () => {
    const target = await Person.create(cloud.url, 'target of a repetition');
    const client = await target.connect(1);
    const publishesPage = asks('UpdateItem', ':count');
    const publishing = gates.dynamoDb.hold(publishesPage);
    const published = client.request('prekeys.publish', ecPage(target, 1));
    await publishing.arrived;
    // It takes effect and its answer is lost: the SDK sends it again, and meanwhile somebody takes a key.
    const repetition = gates.dynamoDb.hold(publishesPage);
    publishing.release({ kind: 'server error', applied: true });
    await repetition.arrived;
    const taker = await (fetchers[0] as Person).connect(1);
    const first = await taker.request('prekeys.fetch', fetchFrom(target));
    repetition.release();
    await published;
    const second = await taker.request('prekeys.fetch', fetchFrom(target));
    expect(ecIds([...first.bundles, ...second.bundles])).toEqual([1_000, 1_001]);
    await taker.close();
    await client.close();
  });
});
