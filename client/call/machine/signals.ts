// A signal goes to the call, the leg and the role that it is for, or nowhere.

import { takeConfirm } from './answer.ts';
import { callOf, carryOut, knownLeg, type Step } from './calls.ts';
import { takeCandidates } from './candidates.ts';
import { takeAnswer, takeRefusal, takeRinging } from './connect.ts';
import { isEarly, keepEarly } from './early.ts';
import { takeNextOffer, takeTransfer } from './handover.ts';
import { takeHangup } from './hang-up.ts';
import { SIGNAL_MS } from './limits.ts';
import { takeRestart } from './restart.ts';
import { offered } from './ring.ts';
import { takeState } from './sending.ts';
import { type Call, type CallsState, legOf, type Turn, turn } from './state.ts';
import type { CallEvent } from './types.ts';

type SignalEvent = Extract<CallEvent, { kind: 'signal' }>;

export function takeSignal(step: Step, event: SignalEvent, now: number): Step {
  const { state } = step;
  const { signal, random } = event;
  // A stamp from the future makes nothing live longer.
  const age = Math.max(0, event.age);
  if (signal.to !== state.account || signal.toDevice !== state.device || signal.from === state.account) return step;
  if (signal.type === 'call-offer' && signal.leg === 1) {
    return knownLeg(state, signal.call) === undefined
      ? carryOut(step, offered(state, signal, { age, mayRing: event.mayRing }, now), now)
      : step;
  }
  if (age >= SIGNAL_MS) return step;
  if (isEarly(state, signal)) {
    return { ...step, state: keepEarly(state, { signal, random, until: now - age + SIGNAL_MS }) };
  }
  return deliver(step, { ...event, age }, now);
}

/** The signals that have waited, each as soon as what it belongs to is there. */
export function takeEarly(step: Step, now: number): Step {
  const next = step.state.early.find(({ signal }) => !isEarly(step.state, signal));
  if (next === undefined) return step;
  const state: CallsState = { ...step.state, early: step.state.early.filter((other) => other !== next) };
  const { signal, random, until } = next;
  const event = { kind: 'signal', signal, random, age: now + SIGNAL_MS - until, mayRing: false } as const;
  return takeEarly(deliver({ ...step, state }, event, now), now);
}

function deliver(step: Step, event: SignalEvent, now: number): Step {
  const call = callOf(step.state, event.signal.call);
  return call === undefined || call.stage === 'ended' ? step : carryOut(step, [take(call, event, now)], now);
}

function take(call: Call, { signal, age, random }: SignalEvent, now: number): Turn {
  if (signal.type === 'call-transfer') return takeTransfer(call, signal, age, now);
  if (signal.type === 'call-offer') return takeNextOffer(call, signal, random);
  const leg = legOf(call, { call: signal.call, leg: signal.leg, account: signal.from, device: signal.fromDevice });
  if (leg === undefined) return turn(call);
  switch (signal.type) {
    case 'call-ringing':
      return takeRinging(call, leg);
    case 'call-answer':
      return takeAnswer(call, leg, signal, now);
    case 'call-confirm':
      return takeConfirm(call, leg, signal, now);
    case 'call-candidates':
      return takeCandidates(call, leg, signal);
    case 'call-restart':
      return takeRestart(call, leg, signal, now);
    case 'call-state':
      return takeState(call, leg, signal, now);
    case 'call-decline':
      return takeRefusal(call, leg, 'declined', now);
    case 'call-busy':
      return takeRefusal(call, leg, 'busy', now);
    case 'call-hangup':
      return takeHangup(call, leg, signal.reason, now);
  }
}
