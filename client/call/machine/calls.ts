// The calls of a state: found, replaced, remembered and forgotten.

import { REMEMBERED_CALLS, REMEMBERED_MS } from './limits.ts';
import type { Call, CallsState, Turn } from './state.ts';
import type { CallEffect } from './types.ts';

export interface Step {
  readonly state: CallsState;
  readonly effects: readonly CallEffect[];
}

export function callOf({ calls }: CallsState, id: string): Call | undefined {
  return calls.find(({ call }) => call === id);
}

/** The highest leg of a call that is known here, running or ended; undefined for a call never heard of. */
export function knownLeg({ calls, ended }: CallsState, id: string): number | undefined {
  const legs = [
    ...calls.filter(({ call }) => call === id).map(({ highestLeg }) => highestLeg),
    ...ended.filter(({ call }) => call === id).map(({ leg }) => leg),
  ];
  return legs.length === 0 ? undefined : Math.max(...legs);
}

/** Carries out turns one after the other. */
export function carryOut(step: Step, turns: readonly Turn[], now: number): Step {
  return turns.reduce(
    ({ state, effects }, turn) => ({ state: put(state, turn.call, now), effects: [...effects, ...turn.effects] }),
    step,
  );
}

export function forget(state: CallsState, now: number): CallsState {
  const calls = state.calls.filter(({ stage, deadline = now }) => stage !== 'ended' || deadline > now);
  const ended = state.ended.filter(({ until }) => until > now);
  const early = state.early.filter(({ until }) => until > now);
  return { ...state, calls, ended, early };
}

function put(state: CallsState, call: Call, now: number): CallsState {
  const before = callOf(state, call.call);
  if (before === call) return state;
  const others = state.calls.filter((other) => other !== before);
  if (call.stage !== 'ended') return { ...state, calls: [...others, call] };
  const memory = { call: call.call, leg: call.highestLeg, until: now + REMEMBERED_MS };
  const ended = [...state.ended.filter((other) => other.call !== call.call), memory].slice(-REMEMBERED_CALLS);
  // A call from elsewhere that never rang here is listed, and on no screen.
  const seen = before !== undefined || call.direction === 'outgoing';
  return { ...state, calls: seen ? [...others, call] : others, ended };
}
