import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faultReport } from '../../support/fault-report.ts';
import type { Command } from './commands.ts';
import { checkHistories, World } from './world.ts';

const SEEDS = [20_261, 20_262];

/** Something of everything that reaches a table, a socket and the end of a connection. */
const BUSY: readonly (readonly Command[])[] = [
  ([0, 1, 2] as const).map((who) => ({ kind: 'connect', who })),
  [
    { kind: 'send', who: 0, to: 'bob', ttl: 20, times: 3 },
    { kind: 'send', who: 1, to: 'bob', ttl: 600, times: 3 },
  ],
  [
    { kind: 'cut', who: 0 },
    { kind: 'ack', who: 2, all: true },
    { kind: 'wait', seconds: 30 },
  ],
];

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world?.close());

describe('messages under everything that can go wrong', () => {
  it.each(SEEDS)('are stored before accepted, delivered at least once, in time and to nobody else (seed %i)', (seed) =>
    checkHistories(world, { seed, histories: 1, rounds: 6 }));

  it('and everything has gone wrong', async () => {
    // What is rare may not have met a request yet: now it is the only thing that goes wrong, and often.
    for (let made = 0; made < 30 && world.isMissingSome; made++) {
      const run = { label: `busy ${made}`, rounds: BUSY, skewsMs: [0, 280_000, -280_000], rates: world.missing() };
      expect(await world.run(run)).toEqual([]);
    }
    console.log(faultReport('faults in random histories', world.counts));
    expect(Object.entries(world.counts).filter(([, count]) => count === 0)).toEqual([]);
  });
});
