// Long schedules at random: people, networks and liars do as they please.

import fc from 'fast-check';
import { held } from './exploration.ts';
import { forgeries, type Sender } from './forgeries.ts';
import {
  type Action,
  accept,
  actionsOf,
  comeToRest,
  holdAtRest,
  holdTogether,
  type Plan,
  place,
  settle,
} from './schedules.ts';
import { arrive, newWorld, type World } from './world.ts';

export interface Walk {
  readonly keys: readonly string[];
  readonly plans: readonly Plan[];
  /** Who injects what it likes into the conversations, and whether it takes part in the calls itself. */
  readonly liars: readonly Sender[];
  readonly honest: boolean;
  /** What has happened before. */
  readonly start?: (world: World) => World;
}

/** @param runs schedules @param steps actions of each at most */
export function walk(
  { keys, plans, liars, honest, start = (same) => same }: Walk,
  seed: number,
  runs: number,
  steps: number,
): void {
  const schedule = fc.array(fc.tuple(fc.nat(9), fc.nat(99_999)), { minLength: steps / 2, maxLength: steps });
  const property = fc.property(schedule, (picks) => {
    let world: World = start(newWorld(keys));
    const path: string[] = [];
    for (const [kind, pick] of picks) {
      const { name, act } = chosen(world, kind, pick);
      path.push(name);
      world = held(path, () => act(world));
      if (honest) held(path, () => holdTogether(world));
    }
    held([...path, 'at rest'], () => {
      const rested = comeToRest(world);
      if (honest) holdAtRest(rested);
    });
  });
  fc.assert(property, { seed, numRuns: runs, endOnFailure: true });

  function chosen(world: World, kind: number, pick: number): Pick<Action, 'name' | 'act'> {
    if (kind === 0 && liars.length > 0) return lie(world, pick);
    const all = actionsOf(world, plans, true);
    // Mostly what has begun goes on: otherwise few calls would be answered.
    const wanted = kind < 7 ? 'course' : kind < 9 ? 'gesture' : 'trouble';
    const some = all.filter((action) => action.kind === wanted);
    return (some.length > 0 ? some : all)[pick % (some.length || all.length)] ?? NOTHING;
  }

  function lie(world: World, pick: number): Pick<Action, 'name' | 'act'> {
    const from = liars[pick % liars.length];
    const { call } = plans[(pick >> 2) % plans.length] ?? {};
    const targets = Object.values(world.devices).filter(({ alive, account }) => alive && account !== from?.account);
    const to = targets[(pick >> 4) % targets.length];
    if (from === undefined || to === undefined || call === undefined) return NOTHING;
    const signals = forgeries(from, to, call, 1 + ((pick >> 7) % 2));
    const signal = signals[(pick >> 8) % signals.length];
    if (signal === undefined) return NOTHING;
    const name = `${from.account}${from.device} forges ${signal.type} ${signal.leg} of ${call} to ${to.key}`;
    return { name, act: (next) => arrive(next, to.key, { kind: 'signal', signal }, 0) };
  }
}

const NOTHING = { name: 'nothing', act: (same: World) => same };

export const PLANS: readonly Plan[] = [
  { call: 'c1', by: 'A1', to: ['B1', 'B2', 'B3'], media: 'video' },
  { call: 'c2', by: 'B1', to: ['A1', 'A2'], media: 'audio' },
  { call: 'c3', by: 'C1', to: ['B1', 'B2'], media: 'audio' },
  { call: 'c0', by: 'A2', to: ['B1', 'B2', 'B3'], media: 'audio' },
];
const KEYS = ['A1', 'A2', 'B1', 'B2', 'B3', 'C1'];
const TALKERS = ['A1', 'A2', 'B1', 'B2'];
const [FIRST] = PLANS;
const outsiders = ['A', 'B', 'C'].map((account) => ({ account, device: 9 }));
const participants = ['A', 'B'].flatMap((account) => [1, 2].map((device) => ({ account, device })));

/** A1 and B1 talk; each person has another device. */
function talking(world: World): World {
  if (FIRST === undefined) return world;
  const ringing = settle(place(world, { ...FIRST, to: ['B1', 'B2'] }));
  return settle(accept(ringing, 'B1', FIRST.call));
}

export const WALKS: Readonly<Record<string, Walk>> = {
  'people call each other as they like': { keys: KEYS, plans: PLANS, liars: [], honest: true },
  'devices that take no part say what they like': { keys: KEYS, plans: PLANS, liars: outsiders, honest: true },
  'devices that take part say what they like': { keys: KEYS, plans: PLANS, liars: participants, honest: false },
  'a call is handed over': { keys: TALKERS, plans: PLANS.slice(0, 1), liars: [], honest: true, start: talking },
  'a call is handed over among liars': {
    keys: TALKERS,
    plans: PLANS.slice(0, 1),
    liars: [...participants, ...outsiders],
    honest: false,
    start: talking,
  },
};
