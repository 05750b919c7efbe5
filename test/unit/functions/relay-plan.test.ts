import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Fleet, type Plan, planFor } from '../../../functions/relay-reconciler/plan.ts';
import { victims } from '../../../functions/relay-reconciler/victims.ts';
import type { RelayRecord } from '../../../shared/store/relay-items.ts';
import { CURRENT, MINUTE, PREVIOUS, relayRecord, relayTask, serviceOf } from '../../support/relays.ts';

const NOW = 1_800_000_000_000;
const record = (relay: string, change: Partial<RelayRecord> = {}) => relayRecord(relay, NOW, change);
const task = (relay: string, deployment = CURRENT) => relayTask(relay, NOW, { deployment });

/** Two relays in two zones, busy enough to be needed; two are wanted, one is the minimum. */
function fleet(change: Partial<Fleet> = {}): Fleet {
  const records = [record('one', { load: 30 }), record('two', { load: 30, zone: 'b' })];
  const service = serviceOf(2, [task('one'), task('two')]);
  return { records, service, minimum: 1, quiet: false, now: NOW, ...change };
}

const names = ({ forget, drain, desired }: Plan) => ({
  forget: forget.map(({ relay }) => relay),
  drain: drain.map(({ relay }) => relay),
  ...(desired === undefined ? {} : { desired }),
});
const NOTHING = { forget: [], drain: [] };

it('a fleet that is as it should be is left alone', () => {
  expect(names(planFor(fleet()))).toEqual(NOTHING);
});

describe('a record without a task', () => {
  const withStray = (heartbeat: number) =>
    fleet({ records: [...fleet().records, record('stray', { heartbeat, state: 'draining' })] });

  it('is forgotten when its relay has not been heard of for thirty seconds', () => {
    expect(names(planFor(withStray(NOW - 30_000)))).toEqual({ forget: ['stray'], drain: [] });
  });

  it('stays as long as its relay reports: ECS may list it late', () => {
    expect(names(planFor(withStray(NOW - 29_999)))).toEqual(NOTHING);
  });
});

it('a stale record stays while its task runs', () => {
  const records = [record('one', { heartbeat: NOW - MINUTE }), record('two', { load: 30 })];
  expect(names(planFor(fleet({ records })))).toEqual(NOTHING);
});

describe('relays of an earlier deployment', () => {
  const service = serviceOf(1, [task('old', PREVIOUS), task('new')]);

  it('drain when their successors are there', () => {
    const records = [record('old', { load: 90 }), record('new', { load: 0 })];
    expect(names(planFor(fleet({ records, service })))).toEqual({ forget: [], drain: ['old'] });
  });

  it.each([
    ['has not registered yet', []],
    ['is stale', [record('new', { heartbeat: NOW - MINUTE })]],
    ['drains itself', [record('new', { state: 'draining' })]],
  ])('stay when the successor %s', (_case, successor) => {
    expect(names(planFor(fleet({ records: [record('old'), ...successor], service })))).toEqual(NOTHING);
  });

  it('make room for a deployment that overtakes another one, the eldest first, and never too much of it', () => {
    const EARLIEST = 'ecs-svc/0';
    const crowded = serviceOf(2, [
      ...[task('one', EARLIEST), task('two', EARLIEST)],
      ...[task('three', PREVIOUS), task('four', PREVIOUS)],
    ]);
    const [old, young] = [NOW - 60 * MINUTE, NOW - MINUTE];
    const records = [
      record('three', { started: young }),
      record('one', { started: old }),
      record('four', { started: young }),
      record('two', { started: old }),
    ];
    expect(names(planFor(fleet({ records, service: crowded })))).toEqual({ forget: [], drain: ['one', 'two'] });
    const fewer = records.map((each) => (each.relay === 'four' ? { ...each, heartbeat: NOW - MINUTE } : each));
    expect(names(planFor(fleet({ records: fewer, service: crowded })))).toEqual({ forget: [], drain: ['one'] });
  });

  it('keep the count as it is until they have gone', () => {
    const records = ['old', 'new', 'newer'].map((relay) => record(relay, { load: 0 }));
    const both = serviceOf(2, [task('old', PREVIOUS), task('new'), task('newer')]);
    expect(names(planFor(fleet({ records, service: both })))).toEqual({ forget: [], drain: ['old'] });
  });
});

describe('little load', () => {
  const low = (first = 10, second = 20) => [record('one', { load: first }), record('two', { load: second, zone: 'b' })];

  it('lets the relay with the least of it drain, and wants one less', () => {
    expect(names(planFor(fleet({ records: low() })))).toEqual({ forget: [], drain: ['one'], desired: 1 });
  });

  it('is what the others could carry at 35 per cent', () => {
    expect(names(planFor(fleet({ records: low(15, 20) })))).toMatchObject({ desired: 1 });
    expect(names(planFor(fleet({ records: low(15, 21) })))).toEqual(NOTHING);
  });

  it.each<[string, Partial<Fleet>]>([
    ['the minimum is reached', { minimum: 2 }],
    ['a relay has just started', { records: [record('one', { load: 0, started: NOW - 9 * MINUTE }), record('two')] }],
    ['another one drains', { records: [...low(), record('three', { state: 'draining' })] }],
    ['one is missing', { service: serviceOf(3, [task('one'), task('two')]) }],
    ['one is on its way', { service: serviceOf(2, [task('one'), task('two'), task('three')]) }],
  ])('changes nothing when %s', (_case, change) => {
    expect(names(planFor(fleet({ records: low(), ...change })))).toEqual(NOTHING);
  });

  it('never takes the last relay, even where none has to run: that is for a quiet time', () => {
    const change = { records: [record('one', { load: 0 })], service: serviceOf(1, [task('one')]), minimum: 0 };
    expect(names(planFor(fleet(change)))).toEqual(NOTHING);
  });
});

it('a count that was lowered is followed', () => {
  const service = serviceOf(1, [task('one'), task('two')]);
  expect(
    names(planFor(fleet({ service, records: [record('one', { load: 60 }), record('two', { load: 50 })] }))),
  ).toEqual({ forget: [], drain: ['two'] });
});

describe('a quiet time', () => {
  const quiet = { quiet: true, minimum: 0 };

  it('ends the fleet where none has to run', () => {
    expect(names(planFor(fleet(quiet)))).toEqual({ forget: [], drain: ['one', 'two'], desired: 0 });
  });

  it('changes nothing where some have to run, or where none is wanted already', () => {
    expect(names(planFor(fleet({ quiet: true })))).toEqual(NOTHING);
    expect(names(planFor(fleet({ ...quiet, records: [], service: serviceOf(0, []) })))).toEqual(NOTHING);
  });
});

describe('victims', () => {
  it('come from the zones with most relays, whatever their load', () => {
    const relays = [record('a1', { load: 80 }), record('a2', { load: 70 }), record('b1', { load: 0, zone: 'b' })];
    expect(victims(relays, 1).map(({ relay }) => relay)).toEqual(['a2']);
  });

  it('of equals the oldest, and then by name', () => {
    const relays = [record('b'), record('a'), record('c', { started: NOW - 120 * MINUTE })];
    expect(victims(relays, 2).map(({ relay }) => relay)).toEqual(['c', 'a']);
  });

  it('leave zones that differ by one at most, when they began so', () => {
    const relays = fc.array(fc.record({ load: fc.integer({ min: 0, max: 100 }) }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(relays, fc.nat(12), (made, count) => {
        const all = made.map(({ load }, i) => record(`r${i}`, { load, zone: `zone ${i % 3}` }));
        const chosen = victims(all, count);
        expect(chosen).toHaveLength(Math.min(count, all.length));
        const left = all.filter((relay) => !chosen.includes(relay));
        const sizes = [0, 1, 2].map((zone) => left.filter((relay) => relay.zone === `zone ${zone}`).length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
      { seed: 7, numRuns: 200 },
    );
  });
});
