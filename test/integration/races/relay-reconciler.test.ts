import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { reconcile } from '../../../functions/relay-reconciler/reconcile.ts';
import { type RelayLeases, relayLeases } from '../../../shared/store/relay-leases.ts';
import type { RelayService, RelayServiceState } from '../../../shared/store/relay-service.ts';
import { type RelayRegistry, relayRegistry } from '../../../shared/store/relays.ts';
import { turns } from '../../../shared/store/turns.ts';
import { MINUTE, relayRecord, relayTask, serviceOf } from '../../support/relays.ts';
import { startTables, type TestTables } from '../../support/tables.ts';

let tables: TestTables;
let registry: RelayRegistry;
let leases: RelayLeases;
const clock = { time: Date.now() };
const now = () => clock.time;

beforeAll(async () => {
  tables = await startTables();
  registry = relayRegistry(tables.dynamo, tables.names.relays, now);
  leases = relayLeases(tables.dynamo, tables.names.ephemera, now);
});
afterAll(() => tables.close());

let state: RelayServiceState;
let counts: number[];
const service: Pick<RelayService, 'read' | 'setDesired'> = {
  read: async () => state,
  setDesired: async (desired) => {
    counts.push(desired);
    state = { ...state, desired };
  },
};
beforeEach(async () => {
  // Leases, turns and records of earlier tests are over.
  clock.time += 60 * MINUTE;
  counts = [];
  for (const { relay } of await registry.list()) await registry.remove(relay);
});

const run = (minimum: number, given: Partial<Parameters<typeof reconcile>[0]> = {}) =>
  reconcile({
    registry,
    service,
    leases,
    turns: turns(tables.dynamo, tables.names.ephemera, now),
    minimum,
    now,
    ...given,
  })();

async function running(...relays: string[]): Promise<void> {
  for (const relay of relays) await registry.register(relayRecord(relay, now()));
  state = serviceOf(
    relays.length,
    relays.map((relay) => relayTask(relay, now())),
  );
}
/** ECS, when something happens between the records being read and its answer. */
const readingAfter = (happens: () => Promise<unknown>) => ({
  ...service,
  read: async () => {
    await happens();
    return state;
  },
});
const states = async () => Object.fromEntries((await registry.list()).map(({ relay, state: its }) => [relay, its]));

it('a second one that runs meanwhile decides nothing: little load costs one relay and not two', async () => {
  await running('one', 'two', 'three', 'four');
  const [arrived, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const waiting = readingAfter(() => {
    arrived.resolve();
    return second.promise;
  });
  const first = run(1, { service: waiting });
  await arrived.promise;
  await run(1);
  expect([counts, Object.values(await states())]).toEqual([[], ['active', 'active', 'active', 'active']]);
  second.resolve();
  await first;
  expect(counts).toEqual([3]);
  expect(Object.values(await states()).filter((its) => its === 'draining')).toHaveLength(1);
});

it('a minute later it is somebody’s turn again', async () => {
  await running('one');
  await run(1);
  clock.time += MINUTE;
  await registry.beat('one', { load: 0, secrets: [] });
  state = serviceOf(0, [relayTask('one', now())]);
  await run(0);
  expect(await states()).toEqual({ one: 'draining' });
});

describe('the record of a task that is gone', () => {
  it('is removed', async () => {
    await running('one');
    state = serviceOf(1, []);
    clock.time += 30_000;
    await run(1);
    expect(await states()).toEqual({});
  });

  it('stays when its relay reports before it is removed: ECS was late', async () => {
    await running('one');
    state = serviceOf(1, []);
    clock.time += 30_000;
    await run(1, { service: readingAfter(() => registry.beat('one', { load: 1, secrets: [] })) });
    expect(await states()).toEqual({ one: 'active' });
  });

  it('that ends by itself meanwhile is no trouble', async () => {
    await running('one');
    state = serviceOf(1, []);
    clock.time += 30_000;
    await run(1, { service: readingAfter(() => registry.remove('one')) });
    expect(await states()).toEqual({});
  });
});

it('a relay that registers while the reconciler reads is not taken for one that is gone', async () => {
  await running('one');
  const registering = readingAfter(() => registry.register(relayRecord('two', now())));
  await run(1, { service: registering });
  expect(await states()).toEqual({ one: 'active', two: 'active' });
});

describe('where no relay has to run', () => {
  it('a quarter of an hour without leases ends the fleet', async () => {
    await running('one');
    await leases.renew('one', 'somebody');
    await run(0);
    expect(counts).toEqual([]);
    clock.time += 15 * MINUTE;
    await registry.beat('one', { load: 0, secrets: [] });
    await run(0);
    expect(counts).toEqual([0]);
    expect(await states()).toEqual({ one: 'draining' });
  });

  it('a relay that was started for a caller is left the time to be handed out', async () => {
    await running('one');
    state = serviceOf(1, [relayTask('one', now(), { created: now() - 14 * MINUTE })]);
    await run(0);
    expect(counts).toEqual([]);
  });

  it('a relay that never registered ends as well', async () => {
    await running();
    state = serviceOf(1, [relayTask('broken', now())]);
    await run(0);
    expect(counts).toEqual([0]);
  });
});
