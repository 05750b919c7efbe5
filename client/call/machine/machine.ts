// The calls of one device, as a function (CALLS.md, section 4): from the state and an event to the next state and what is to be done.

import { claimed, sayAnswer } from './answer.ts';
import { callOf, carryOut, forget, knownLeg, type Step } from './calls.ts';
import { sayWaiting } from './candidates.ts';
import { dueAt, expire } from './deadlines.ts';
import { failLeg, undeliverable } from './fail.ts';
import { takeGesture } from './gestures.ts';
import { handedHere } from './handover.ts';
import { HANDOVER_MS } from './limits.ts';
import { takeMedia } from './path.ts';
import { place, sayOffer } from './place.ts';
import { drained, sayRestart } from './restart.ts';
import { takeEarly, takeSignal } from './signals.ts';
import {
  andThen,
  type Call,
  type CallsState,
  isAnswered,
  isRunning,
  type Leg,
  legOf,
  type Turn,
  turn,
} from './state.ts';
import type { CallEffect, CallEvent, CallView, LegName } from './types.ts';
import { viewOf } from './view.ts';

export type { Step } from './calls.ts';
export { type CallsState, initialState } from './state.ts';

/**
 * Carries out what is due, and then the event. An event that does not fit the state does nothing: a gesture for a call that has ended, a second
 * `place` during a call, a signal of the wrong role.
 * @param now never less than in an earlier step
 */
export function step(state: CallsState, event: CallEvent, now: number): Step {
  const due = expireAll({ state, effects: [] }, now);
  const kept = { ...due, state: forget(due.state, now) };
  const after = takeEarly(take(kept, event, now), now);
  return { state: after.state, effects: [...after.effects, ...changes(state, after.state)] };
}

/** When {@link step} has something to do of itself; the host then gives it a `time` event. */
export function nextDeadline({ calls, ended, early }: CallsState): number | undefined {
  const times = [...calls.map(dueAt), ...ended.map(({ until }) => until), ...early.map(({ until }) => until)];
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** Running calls, and those that ended within the last minute. */
export function views({ calls }: CallsState): CallView[] {
  return calls.map(viewOf);
}

/** Whether {@link step} takes a `place`: not while another call rings or runs at this device. */
export function mayPlace({ calls }: CallsState): boolean {
  return !calls.some(isRunning);
}

function take(before: Step, event: CallEvent, now: number): Step {
  const { state } = before;
  const one = (id: string, next: (call: Call) => Turn): Step => {
    const call = callOf(state, id);
    return call === undefined || call.stage === 'ended' ? before : carryOut(before, [next(call)], now);
  };
  const ofLeg = (name: LegName, next: (call: Call, leg: Leg) => Turn): Step =>
    one(name.call, (call) => {
      const leg = legOf(call, name);
      return leg === undefined ? turn(call) : next(call, leg);
    });
  switch (event.kind) {
    case 'place':
      if (!mayPlace(state) || knownLeg(state, event.call) !== undefined) return before;
      return carryOut(before, [place(state.account, event, now)], now);
    case 'signal':
      return takeSignal(before, event, now);
    case 'handover': {
      const { call, leg, from, to, toDevice } = event.handover;
      const forThis = from === state.account && to === state.account && toDevice === state.device;
      const news = leg > (knownLeg(state, call) ?? 0) && event.age < HANDOVER_MS;
      if (!forThis || !news || !mayPlace(state)) return before;
      return carryOut(before, [handedHere(event.handover, Math.max(0, event.age), now)], now);
    }
    case 'claimed':
      return one(event.call, (call) => claimed(call, event.by, now));
    case 'undeliverable':
      return one(event.to.call, (call) => undeliverable(call, event.to, event.type, now));
    case 'relay-draining':
      return carryOut(
        before,
        state.calls.filter(isAnswered).map((call) => drained(call, now)),
        now,
      );
    case 'described':
      return ofLeg(event.name, (call, leg) => describe(call, leg, event, now));
    case 'restarted':
      return ofLeg(event.name, (call, leg) => sayRestart(call, leg, event, now));
    case 'media':
      return ofLeg(event.name, (call, leg) => takeMedia(call, leg, event.event, now));
    case 'media-error':
      return ofLeg(event.name, (call, leg) =>
        failLeg(call, leg, event.reason === 'media' ? 'failed' : event.reason, now),
      );
    case 'time':
      return before;
    default:
      return one(event.call, (call) => takeGesture(call, event, state.device, now));
  }
}

/** The first description of a leg; a second one is a mistake of the host. */
function describe(call: Call, leg: Leg, event: Extract<CallEvent, { kind: 'described' }>, now: number): Turn {
  if (leg.said || !leg.opened || (event.role === 'offer') !== (leg.role === 'offerer')) return turn(call);
  const said = leg.role === 'offerer' ? sayOffer(call, leg, event.sdp, now) : sayAnswer(call, leg, event.sdp, now);
  return andThen(said, (next) => sayWaiting(next, legOf(next, leg.name), now));
}

function expireAll(before: Step, now: number): Step {
  const due = before.state.calls.find((call) => call.stage !== 'ended' && (dueAt(call) ?? Infinity) <= now);
  return due === undefined ? before : expireAll(carryOut(before, [expire(due, now)], now), now);
}

function changes(before: CallsState, after: CallsState): CallEffect[] {
  const ids = new Set([...before.calls, ...after.calls].map(({ call }) => call));
  const seen = (state: CallsState, id: string) => {
    const call = callOf(state, id);
    return call === undefined ? undefined : JSON.stringify(viewOf(call));
  };
  return [...ids]
    .filter((id) => seen(before, id) !== seen(after, id))
    .map((call): CallEffect => ({ kind: 'changed', call }));
}
