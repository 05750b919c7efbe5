// Signals that overtake what they belong to wait for it (CALLS.md, section 2).

import type { CallSignal } from '../../conversation/call-content.ts';
import { takesCandidates } from './candidates.ts';
import { EARLY_IN_ALL, EARLY_PER_DEVICE } from './limits.ts';
import { type Call, type CallsState, type EarlySignal, isAnswered, legOf } from './state.ts';

/** Whether the signal belongs to something that may still come. */
export function isEarly(state: CallsState, signal: CallSignal): boolean {
  const { call: id, leg, from, fromDevice } = signal;
  const call = state.calls.find((known) => known.call === id);
  if (call?.stage === 'ended' || (call === undefined && state.ended.some((ended) => ended.call === id))) return false;
  if (call === undefined) return overtakes(signal);
  const known = legOf(call, { call: id, leg, account: from, device: fromDevice });
  if (known === undefined) return belongsToNextLeg(call, signal);
  switch (signal.type) {
    case 'call-candidates':
      return !takesCandidates(known) || signal.generation > known.generation;
    case 'call-state':
    case 'call-restart':
      return !known.confirmed;
    default:
      return false;
  }
}

/** Kept within the bounds; what is beyond them is lost, like a signal that never came. */
export function keepEarly(state: CallsState, early: EarlySignal): CallsState {
  const { from, fromDevice } = early.signal;
  const ofDevice = state.early.filter(({ signal }) => signal.from === from && signal.fromDevice === fromDevice);
  if (ofDevice.length >= EARLY_PER_DEVICE || state.early.length >= EARLY_IN_ALL) return state;
  return { ...state, early: [...state.early, early] };
}

function overtakes({ type }: CallSignal): boolean {
  return type === 'call-candidates' || type === 'call-confirm' || type === 'call-state' || type === 'call-hangup';
}

/** Of a handover: what is said of the next leg may come before the announcement, or before that leg's offer. */
function belongsToNextLeg(call: Call, signal: CallSignal): boolean {
  if (!isAnswered(call) || signal.from !== call.account || signal.leg <= call.leg) return false;
  if (signal.type === 'call-offer') return signal.leg > call.highestLeg;
  return overtakes(signal);
}
