import { afterAll, beforeAll, it } from 'vitest';
import { faultReport } from '../../support/fault-report.ts';
import { checkHistories, World } from './world.ts';

/** Half a minute each, or more on a busy machine: requests that are never answered take their time. */
const HISTORIES = 20;
const ROUNDS = 20;
const SEED = Number(process.env.SOTTO_SEED ?? Date.now() % 2 ** 31);

let world: World;
beforeAll(async () => {
  console.log(`SOTTO_SEED=${SEED}`);
  world = await World.start();
});
afterAll(async () => {
  if (world) console.log(faultReport(`faults in ${HISTORIES} histories`, world.counts));
  await world?.close();
});

it('keeps every promise about messages in long random histories', () =>
  checkHistories(world, { seed: SEED, histories: HISTORIES, rounds: ROUNDS }));
