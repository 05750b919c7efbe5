import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commitmentTo } from '../../../../client/call/machine/commitment.ts';
import { nextDeadline, views } from '../../../../client/call/machine/machine.ts';
import { ALL, CALL, effectsOf, entries, kinds, mail, ringing, signal, talking, tell } from './people.ts';
import { accept, actionsOf, type Plan, place, settle } from './schedules.ts';
import { deviceOf, happen, newWorld, pass, phase, randomOf, type World } from './world.ts';

const ON = { call: 'c1', leg: 1 };
const NO_TIMER = { seconds: 0, version: 0 } as const;
const OFFER = {
  type: 'call-offer',
  ...ON,
  entry: 'e',
  media: 'audio',
  direct: true,
  timer: NO_TIMER,
  sdp: 'x',
} as const;
const offer = (call: string) => ({ ...OFFER, call, commitment: commitmentTo(randomOf(call)) });

describe('an offer that does not ring', () => {
  it('is listed when it is older than 60 seconds, by the server (T7)', () => {
    expect(kinds(effectsOf(newWorld(ALL), 'B1', signal('A1', 'B1', offer('c1'), 60_000)))).toEqual(['entry']);
    expect(kinds(effectsOf(newWorld(ALL), 'B1', signal('A1', 'B1', offer('c1'), 59_999)))).toEqual([
      'call-ringing',
      'changed',
    ]);
  });

  it('is listed where the person does not want to hear it (T14, T15), and nothing is said', () => {
    const effects = effectsOf(newWorld(ALL), 'B1', signal('A1', 'B1', offer('c1'), 0, false));
    expect(kinds(effects)).toEqual(['entry']);
    expect(effects[0]).toMatchObject({ entry: { outcome: 'missed', caller: 'A' }, tell: false, note: false });
  });

  it('gets busy from a person who is in another call', () => {
    const effects = effectsOf(talking(), 'B1', signal('C1', 'B1', offer('c3')));
    expect(kinds(effects)).toEqual(['call-busy', 'entry']);
  });

  it('comes again: once rung, ended or listed it does nothing', () => {
    const rung = ringing();
    expect(effectsOf(rung, 'B1', signal('A1', 'B1', offer('c1')))).toEqual([]);
    const ended = pass(tell(rung, 'A1', 'B1', { type: 'call-hangup', ...ON, reason: 'cancelled' }), 61_000);
    expect(views(deviceOf(ended, 'B1').state)).toEqual([]);
    expect(effectsOf(ended, 'B1', signal('A1', 'B1', offer('c1')))).toEqual([]);
    const muted = happen({ ...newWorld(ALL) }, 'B1', signal('A1', 'B1', offer('c1'), 0, false));
    expect(effectsOf(muted, 'B1', signal('A1', 'B1', offer('c1')))).toEqual([]);
  });
});

describe('time', () => {
  it('ends a call that nobody answers, on both sides, and the caller tells those that were away', () => {
    const world = pass(ringing(), 60_000);
    expect(['A1', 'B1', 'B2'].map((key) => phase(world, key, 'c1'))).toEqual(Array(3).fill('ended: missed'));
    expect(entries(world, 'A1')).toEqual([{ outcome: 'missed', seconds: 0, tell: true, note: true }]);
    expect(entries(world, 'B1')).toEqual([{ outcome: 'missed', seconds: 0, tell: false, note: false }]);
  });

  it('is 60 seconds from the first offer, however long the caller had to wait for a relay', () => {
    const placed = pass(place(newWorld(ALL), CALL), 80_000);
    expect(phase(placed, 'A1', 'c1')).toBe('calling');
    const rung = settle(placed);
    expect(phase(rung, 'B1', 'c1')).toBe('ringing');
    expect(phase(pass(rung, 59_999), 'A1', 'c1')).toBe('calling');
    expect(phase(pass(rung, 60_000), 'A1', 'c1')).toBe('ended: missed');
  });

  it('ends a call for which nobody could be offered anything within 90 seconds, as one that nobody has missed', () => {
    const placed = place(newWorld(ALL), CALL);
    expect(phase(pass(placed, 89_999), 'A1', 'c1')).toBe('calling');
    const ended = pass(placed, 90_000);
    expect(phase(ended, 'A1', 'c1')).toBe('ended: failed');
    expect(entries(ended, 'A1')).toEqual([{ outcome: 'failed', seconds: 0, tell: true, note: false }]);
    expect(mail(ended)).toEqual([]);
  });

  it('of the caller stops a device that rings longer by its own count', () => {
    const world = ringing();
    const effects = effectsOf({ ...world, now: world.now + 60_000 }, 'A1', { kind: 'time' });
    const hangups = effects.flatMap((effect) =>
      effect.kind === 'say' ? [[effect.to.device, effect.said, effect.urgent]] : [],
    );
    const timeout = { type: 'call-hangup', ...ON, reason: 'timeout' };
    expect(hangups).toEqual([
      [1, timeout, true],
      [2, timeout, true],
    ]);
  });

  it('ends an offer that came late 60 seconds after it was sent', () => {
    const world = tell(newWorld(ALL), 'A1', 'B1', offer('c1'), 45_000);
    expect(phase(pass(world, 14_999), 'B1', 'c1')).toBe('ringing');
    expect(phase(pass(world, 15_000), 'B1', 'c1')).toBe('ended: missed');
  });

  it('makes nothing live longer by a stamp from the future', () => {
    const world = tell(newWorld(ALL), 'A1', 'B1', offer('c1'), -500_000);
    expect(phase(pass(world, 60_000), 'B1', 'c1')).toBe('ended: missed');
  });

  it('forgets a call: after it nothing is kept, and nothing wakes the device', () => {
    const world = pass(settle(happen(talking(), 'A1', { kind: 'hang-up', call: 'c1' })), 120_000);
    for (const key of ['A1', 'B1', 'B2']) {
      expect(deviceOf(world, key).state).toMatchObject({ calls: [], ended: [], early: [] });
      expect(nextDeadline(deviceOf(world, key).state)).toBeUndefined();
    }
  });

  it('an accept that comes too late answers nothing', () => {
    const world = ringing();
    const late = { ...world, now: world.now + 60_000 };
    expect(
      kinds(effectsOf(late, 'B1', { kind: 'accept', call: 'c1', camera: false, direct: true, random: randomOf('x') })),
    ).toEqual(['entry', 'changed']);
  });
});

describe('hanging up', () => {
  it('cancels, and every device stops ringing', () => {
    const cancelled = happen(ringing(), 'A1', { kind: 'hang-up', call: 'c1' });
    expect(mail(cancelled)).toEqual(['call-hangup cancelled to B1', 'call-hangup cancelled to B2']);
    const world = settle(cancelled);
    expect(phase(world, 'B1', 'c1')).toBe('ended: missed');
    expect(entries(world, 'A1')).toEqual([{ outcome: 'cancelled', seconds: 0, tell: true, note: true }]);
  });

  it.each(['A1', 'B1'])('%s ends the call on both sides, and it is listed with its length', (key) => {
    const world = settle(happen(pass(talking(), 90_500), key, { kind: 'hang-up', call: 'c1' }));
    expect(['A1', 'B1'].map((who) => phase(world, who, 'c1'))).toEqual(['ended: ended', 'ended: ended']);
    for (const who of ['A1', 'B1']) {
      expect(entries(world, who).at(-1)).toEqual({ outcome: 'answered', seconds: 90, tell: true, note: false });
      expect(deviceOf(world, who).media).toEqual({});
    }
  });

  it('after accepting, before the confirmation, ends the call for the caller', () => {
    const accepted = accept(ringing(), 'B1', 'c1');
    expect(phase(settle(happen(accepted, 'B1', { kind: 'hang-up', call: 'c1' })), 'A1', 'c1')).toBe('ended: declined');
    const answering = happen(accepted, 'B1', { kind: 'claimed', call: 'c1', by: 'this' });
    expect(phase(settle(happen(answering, 'B1', { kind: 'hang-up', call: 'c1' })), 'A1', 'c1')).toBe('ended: declined');
  });

  it('overtakes its offer: the call does not ring', () => {
    const early = tell(newWorld(ALL), 'A1', 'B1', { type: 'call-hangup', ...ON, reason: 'cancelled' });
    expect(phase(tell(early, 'A1', 'B1', offer('c1')), 'B1', 'c1')).toBe('ended: missed');
    expect(phase(tell(pass(early, 60_000), 'A1', 'B1', offer('c1')), 'B1', 'c1')).toBe('ringing');
    expect(phase(tell(early, 'A2', 'B1', offer('c1')), 'B1', 'c1')).toBe('ringing');
  });
});

describe('busy', () => {
  it('ends the call for the caller, on all devices of the callee', () => {
    const world = settle(place(talking(), { call: 'c3', by: 'C1', to: ['B1', 'B2'], media: 'audio' }));
    expect(phase(world, 'C1', 'c3')).toBe('ended: busy');
    expect(phase(world, 'B2', 'c3')).not.toBe('ringing');
    expect(entries(world, 'C1')).toEqual([{ outcome: 'busy', seconds: 0, tell: true, note: true }]);
    expect(phase(world, 'A1', 'c1')).toBe('connected');
  });
});

describe('glare (T8)', () => {
  /** Both place before anything arrives; then the network does as it likes, nothing is lost, and whoever rings is answered. */
  function outcomes(keys: readonly string[], plans: readonly Plan[]): Set<number> {
    const seen = new Set<number>();
    const schedule = fc.array(fc.nat(999), { minLength: 80, maxLength: 80 });
    fc.assert(
      fc.property(schedule, (picks) => {
        let world: World = plans.reduce(place, newWorld(keys));
        for (const pick of picks) {
          const course = actionsOf(world, plans, false).filter(({ kind }) => kind === 'course');
          world = course[pick % course.length]?.act(world) ?? world;
        }
        world = settle(world);
        for (const key of keys) {
          for (const view of views(deviceOf(world, key).state)) {
            if (view.phase === 'ringing') world = settle(accept(world, key, view.call));
          }
        }
        const connected = keys.flatMap((key) =>
          views(deviceOf(world, key).state).filter(({ phase: now }) => now === 'connected'),
        );
        seen.add(new Set(connected.map(({ call }) => call)).size);
      }),
      { seed: 20_261_128, numRuns: 120 },
    );
    return seen;
  }
  const there: Plan = { call: 'c1', by: 'A1', to: ['B1'], media: 'audio' };
  const back: Plan = { call: 'c2', by: 'B1', to: ['A1'], media: 'audio' };

  it('of two people ends in exactly one call, whatever arrives first', () => {
    expect(outcomes(['A1', 'B1'], [there, back])).toEqual(new Set([1]));
    expect(outcomes(['A1', 'B1'], [{ ...there, call: 'c3' }, back])).toEqual(new Set([1]));
  });

  it('of two own devices that call the same one ends in one call or none', () => {
    const seen = outcomes(['A1', 'A2', 'B1'], [there, { ...there, call: 'c0', by: 'A2' }]);
    expect([...seen].filter((calls) => calls > 1)).toEqual([]);
    expect(seen).toContain(1);
  });

  it('twice at once, of all devices, keeps the greater, and lists the dropped call nowhere', () => {
    const plans = [there, back].map((plan) => ({ ...plan, to: plan.by === 'A1' ? ['B1', 'B2'] : ['A1', 'A2'] }));
    const world = settle(plans.reduce(place, newWorld(['A1', 'A2', 'B1', 'B2'])));
    expect(['A1', 'A2', 'B2'].map((key) => phase(world, key, 'c2'))).toEqual(['ringing', 'ringing', undefined]);
    expect(phase(world, 'B1', 'c2')).toBe('calling');
    expect(phase(world, 'B2', 'c1')).toBe('ended: missed');
    expect(['A1', 'B1', 'B2'].flatMap((key) => entries(world, key))).toEqual([]);
  });

  it('spares a call that was answered', () => {
    expect(kinds(effectsOf(talking(), 'A1', signal('B1', 'A1', offer('c9'))))).toEqual(['call-busy', 'entry']);
    expect(CALL.call < 'c9').toBe(true);
  });
});
