import * as fc from 'fast-check';
import type { Hooks } from '../../../local/faults/hooks.ts';
import { type FaultPlan, type FaultRates, planFaults } from '../../../local/faults/plan.ts';
import { DeploymentTables } from '../../support/deployment-tables.ts';
import { ShiftedClock } from '../../support/shifted-clock.ts';
import { type Sotto, startSotto } from '../../support/sotto.ts';
import { type Command, history, skews } from './commands.ts';
import { History } from './run-history.ts';

/** Everything that the local cloud can let go wrong. What costs a client two seconds and more is rarer than the rest. */
const RATES = {
  dynamoDb: {
    throttled: 0.02,
    'transaction conflict': 0.02,
    'server error': 0.01,
    'server error, applied': 0.02,
    'no answer': 0.002,
    'no answer, applied': 0.002,
    crash: 0.01,
    'crash, applied': 0.01,
    delayed: 0.05,
  },
  management: {
    gone: 0.05,
    throttled: 0.05,
    'server error': 0.03,
    'server error, applied': 0.03,
    'no answer': 0.005,
    'no answer, applied': 0.005,
    crash: 0.02,
    'crash, applied': 0.02,
    duplicated: 0.1,
    'late push': 0.1,
    delayed: 0.05,
  },
  invocation: { 'cold start': 0.02, repeated: 0.05, crash: 0.02, delayed: 0.1 },
  disconnect: { lost: 0.3, delayed: 0.3 },
} as const satisfies FaultRates;
const LONGEST_DELAY_MS = 150;

/** One deployment on which histories run one after the other, each with a plan of faults of its own. */
export class World {
  readonly counts: Record<string, number> = {};
  readonly #cloud: Sotto;
  readonly #tables: DeploymentTables;
  readonly #clock: ShiftedClock;
  readonly #hooks: Hooks;

  private constructor(cloud: Sotto, clock: ShiftedClock, hooks: Hooks) {
    this.#cloud = cloud;
    this.#tables = new DeploymentTables(cloud);
    this.#clock = clock;
    this.#hooks = hooks;
  }

  static async start(): Promise<World> {
    const clock = new ShiftedClock();
    const hooks: Hooks = {};
    return new World(await startSotto({ clock, hooks }), clock, hooks);
  }

  /** Runs a history under faults that follow from its label. @returns the promises that were broken */
  async run({ label, rounds, skewsMs, rates }: Run): Promise<readonly string[]> {
    this.#setHooks({});
    const plan = planFaults({ seed: label, rates, longestDelayMs: LONGEST_DELAY_MS, clock: this.#clock });
    const stopFaults = (): void => plan.stop();
    const world = { url: this.#cloud.url, tables: this.#tables, clock: this.#clock, stopFaults };
    const run = await History.begin(world, label, skewsMs);
    this.#setHooks(plan.hooks);
    await run.run(rounds);
    const broken = await run.end();
    this.#count(plan, run, skewsMs);
    return broken;
  }

  get isMissingSome(): boolean {
    return Object.values(this.counts).includes(0);
  }

  /** The faults that have not occurred yet, each as likely as is bearable. */
  missing(): FaultRates {
    const rates = Object.entries(RATES).map(([place, faults]) => {
      const left = Object.keys(faults).filter((name) => this.counts[`${place}: ${name}`] === 0);
      return [place, Object.fromEntries(left.map((name) => [name, 0.5 / left.length]))];
    });
    return Object.fromEntries(rates);
  }

  async close(): Promise<void> {
    this.#tables.close();
    await this.#cloud.close();
  }

  #setHooks(hooks: Hooks): void {
    for (const door of ['dynamoDb', 'management', 'invocation', 'disconnect'] as const) delete this.#hooks[door];
    Object.assign(this.#hooks, hooks);
  }

  #count(plan: FaultPlan, run: History, skewsMs: readonly number[]): void {
    const counts = {
      ...plan.occurred(),
      'table: expired item not deleted yet': run.expiredAndKept,
      'client: clock more than a minute off': skewsMs.filter((skew) => Math.abs(skew) > 60_000).length,
      'copies accepted': run.model.accepts,
      'copies delivered': run.model.deliveries,
    };
    for (const [kind, count] of Object.entries(counts)) this.counts[kind] = (this.counts[kind] ?? 0) + count;
  }
}

interface Run {
  readonly label: string;
  readonly rounds: readonly (readonly Command[])[];
  readonly skewsMs: readonly number[];
  readonly rates: FaultRates;
}

export interface Histories {
  readonly seed: number;
  readonly histories: number;
  readonly rounds: number;
  readonly rates?: FaultRates;
}

/** Runs random histories. @throws Error with the history, the seed and the broken promises */
export async function checkHistories(
  world: World,
  { seed, histories, rounds, rates = RATES }: Histories,
): Promise<void> {
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(history(rounds), skews, async (commands, skewsMs) => {
      const broken = await world.run({ label: `${seed}/${runs++}`, rounds: commands, skewsMs, rates });
      if (broken.length > 0) throw new Error([...new Set(broken)].join('; '));
    }),
    // Shrinking would run a smaller history with other faults: the smallest that fails says nothing about the first.
    { seed, numRuns: histories, endOnFailure: true },
  );
}
