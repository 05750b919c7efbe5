import { describe, expect, it } from 'vitest';
import type { CallSignal } from '../../../../client/conversation/call-content.ts';
import { type Explored, explore, held } from './exploration.ts';
import { forgeries, type Sender } from './forgeries.ts';
import { WALKS, walk } from './random-walks.ts';
import type { Plan } from './schedules.ts';
import { arrive, type Device, deviceOf, happen, newWorld, Violation } from './world.ts';

const CALL: Plan = { call: 'c1', by: 'A1', to: ['B1', 'B2'], media: 'video' };
const SINGLE: Plan = { ...CALL, to: ['B1'] };
const BACK: Plan = { call: 'c2', by: 'B1', to: ['A1'], media: 'audio' };
const THIRD: Plan = { call: 'c3', by: 'C1', to: ['B1', 'B2'], media: 'audio' };

const explored: Explored[] = [];

const known = new Map<string, readonly CallSignal[]>();
function lies(from: Sender, to: Device): readonly CallSignal[] {
  const key = `${from.account}${from.device} ${to.key}`;
  const signals = known.get(key) ?? [1, 2].flatMap((leg) => forgeries(from, to, 'c1', leg));
  known.set(key, signals);
  return signals;
}

function exploring(keys: readonly string[], plans: readonly Plan[], depth: number, troubles: number): Explored {
  const result = explore(newWorld(keys), plans, { depth, troubles, restEvery: 50 });
  explored.push(result);
  return result;
}

describe('every schedule, each state once', () => {
  it('of a call to one device, to its end', () => {
    expect(exploring(['A1', 'B1'], [SINGLE], 40, 0).states).toBeGreaterThan(1_900);
  });

  it('of a call to one device, with one loss, repetition, failure or crash', () => {
    expect(exploring(['A1', 'B1'], [SINGLE], 11, 1).states).toBeGreaterThan(2_500);
  });

  it('of a call to two devices of one person', () => {
    expect(exploring(['A1', 'B1', 'B2'], [CALL], 10, 0).states).toBeGreaterThan(1_900);
    expect(exploring(['A1', 'B1', 'B2'], [CALL], 8, 1).states).toBeGreaterThan(3_000);
  });

  it('of two people who call each other, and of a third who calls', () => {
    expect(exploring(['A1', 'B1', 'B2'], [CALL, BACK], 8, 0).states).toBeGreaterThan(2_000);
    expect(exploring(['A1', 'B1', 'C1'], [SINGLE, THIRD], 9, 0).states).toBeGreaterThan(1_000);
  });

  it('every signal from everybody, in every role, in every state that a device was seen in', () => {
    const seen = new Map(explored.flatMap(({ devices }) => [...devices]));
    expect(seen.size).toBeGreaterThan(400);
    const everybody = ['A', 'B', 'C'].flatMap((account) => [1, 2, 9].map((device) => ({ account, device })));
    for (const { world, device } of seen.values()) {
      for (const call of ['c1', 'c2']) {
        for (const by of ['this', 'other', undefined] as const) {
          held([`${device.key} is told that ${call} is with ${by}`], () =>
            happen(world, device.key, { kind: 'claimed', call, by }),
          );
        }
      }
      for (const from of everybody.filter(({ account }) => account !== device.account)) {
        // Whoever has no part in a call changes nothing of it.
        const part = device.state.calls.some(({ account, legs }) =>
          legs.some(({ name }) => account === from.account && name.device === from.device),
        );
        for (const signal of lies(from, device)) {
          const path = [`${from.account}${from.device} forges ${signal.type} ${signal.leg} to ${device.key}`];
          held(path, () => {
            const after = deviceOf(arrive(world, device.key, { kind: 'signal', signal }, 0), device.key);
            if (part || signal.type === 'call-offer') return;
            const same = device.state.calls.every((call, index) => after.state.calls[index] === call);
            if (!same) throw new Violation('who has no part in a call has changed it');
          });
        }
      }
    }
  });
});

describe('long schedules at random', () => {
  it.each(Object.keys(WALKS))('%s', (name) => {
    const found = WALKS[name];
    if (found === undefined) throw new Error(name);
    walk(found, 20_261_128, 200, 140);
  });
});
