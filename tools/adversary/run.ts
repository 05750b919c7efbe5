// One attack after the other on the same people. A run is one thing that somebody does while the server lies.

import { Adversary } from './adversary.ts';
import { type Outcome, type Place, platformThrough, TIMINGS_IN_PEACE, TIMINGS_UNDER_ATTACK } from './client.ts';
import { type Context, type DeedContext, someDeed } from './deeds.ts';
import { Ghost } from './ghost.ts';
import { startManInTheMiddle } from './man-in-the-middle.ts';
import { Random } from './random.ts';
import { type Entry, Report } from './report.ts';
import { Sorcerer } from './sorcerer.ts';
import { Truth } from './truth.ts';
import { HONEST_MS, World } from './world.ts';

export interface AttackOptions {
  /** Of the deployment. */
  readonly url: string;
  readonly runs: number;
  readonly seed: number;
}

/** After so many runs the server is honest for a while, and everybody has to be able to talk again. */
const PEACE_EVERY = 50;
/** Then there are new people: the server's honest limits (begun sessions, published lists) are for people, not for tests. */
const RUNS_OF_A_LIFE = 150;
const ATTEMPTS = 3;
/** Longer than a client waits for an answer. */
const PATIENCE_MS = 2_000;
/** A device that was refused or lost stays so for a while: then it is started again, as people do. */
const RESTART_CHANCE = 0.05;
/** People look at what they were told every now and then; until then much is blocked. */
const SETTLE_CHANCE = 0.15;

/** Attacks a deployment with accounts made for it, and says what came of it; never throws for what came of it. Nothing is left running. */
export async function attack({ url, seed, runs }: AttackOptions): Promise<Report> {
  const random = new Random(seed);
  const truth = new Truth();
  const sorcerer = new Sorcerer(await Ghost.make(), truth, random);
  const adversary = new Adversary(random, sorcerer);
  const middle = await startManInTheMiddle(url, adversary);
  const place: Place = { endpoint: url, platform: platformThrough(middle.url) };
  const report = new Report(seed);
  const goesOn = () => report.entries.length < runs;
  const ends: string[] = [];
  try {
    while (goesOn()) await oneLife({ adversary, random, place, truth }, report, goesOn);
  } catch (error) {
    // Whoever cannot talk to an honest server was broken by a lie: that is a finding, and what came before it belongs beside it.
    ends.push(`ended after run ${report.entries.length}: ${error instanceof Error ? error.stack : String(error)}`);
  } finally {
    await middle.close();
    await sorcerer.settled();
  }
  report.limited = adversary.limited;
  return report.end([...truth.violations, ...sorcerer.breaches, ...ends]);
}

/** From the making of the accounts until they are left alone. */
async function oneLife(context: Context, report: Report, goesOn: () => boolean): Promise<void> {
  const { adversary, place, truth, random } = context;
  adversary.intensity = 0;
  const world = await newPeople(place, truth);
  try {
    world.restart(TIMINGS_UNDER_ATTACK);
    for (let run = 1; run <= RUNS_OF_A_LIFE && goesOn(); run++) {
      adversary.intensity = random.pick([0.1, 0.3, 0.6, 1]);
      adversary.victim = random.chance(0.3) ? await world.accountOf(random.pick(world.clients)) : null;
      report.add(await oneRun(world, { ...context, number: report.entries.length + 1 }));
      if (run % PEACE_EVERY === 0) await makePeace(world, adversary, run);
    }
    await makePeace(world, adversary, RUNS_OF_A_LIFE + 1);
  } finally {
    world.close();
  }
}

/**
 * Nobody has lied to them yet, so a failure is the machine's: rooms for linking end after two minutes, whatever else it has to do. Made
 * again a few times; what a client may never do is on record all the same.
 */
async function newPeople(place: Place, truth: Truth): Promise<World> {
  for (let left = ATTEMPTS; ; left--) {
    try {
      return await World.make(place, truth);
    } catch (error) {
      if (left <= 1) throw error;
    }
  }
}

async function oneRun(world: World, context: DeedContext): Promise<Entry> {
  const { adversary, random, number } = context;
  const deed = someDeed(random);
  const client = random.pick(deed.by(world));
  if (random.chance(RESTART_CHANCE)) client.close();
  if (random.chance(SETTLE_CHANCE)) await world.settle();
  const before = world.clients.map(({ notices }) => notices.length);
  const outcome: Outcome = await client.attempt((device) => deed.do(device, world, context), PATIENCE_MS);
  const notices = world.clients.flatMap((one, i) =>
    one.notices.slice(before[i]).map(({ kind }) => `${one.name}: ${kind}`),
  );
  return { number, deed: deed.name, by: client.name, lies: adversary.told.splice(0), outcome, notices };
}

/** The server is honest now; the people have seen what they were told. Whoever cannot talk then was broken by a lie. */
async function makePeace(world: World, adversary: Adversary, number: number): Promise<void> {
  adversary.intensity = 0;
  world.restart(TIMINGS_IN_PEACE);
  const accounts = [await world.accountOf(world.alice), await world.accountOf(world.bob)];
  for (const client of world.clients) {
    for (const account of accounts) await client.attempt((device) => device.refresh(account), HONEST_MS);
  }
  await world.settle();
  await world.talk(`peace ${number}`);
  world.restart(TIMINGS_UNDER_ATTACK);
}
