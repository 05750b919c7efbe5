// Hanging up: this person, and the other side.

import { decline } from './answer.ts';
import { end, type HangupReason } from './end.ts';
import { withoutNextLeg } from './fail.ts';
import { type Call, type Leg, type Turn, turn } from './state.ts';

/** This person's gesture, in any stage. */
export function hangUp(call: Call, now: number): Turn {
  switch (call.stage) {
    case 'calling':
      return end(call, { reason: 'cancelled', hangup: 'cancelled' }, now);
    case 'ringing':
    case 'claiming':
      return decline(call, now);
    case 'answering':
      return end(call, { reason: 'declined', hangup: 'declined' }, now);
    case 'offered-here':
      return end(call, { reason: 'elsewhere', unlisted: true }, now);
    case 'taking-over':
      return end(call, { reason: 'cancelled', hangup: 'failed', unlisted: true }, now);
    case 'connecting':
    case 'connected':
    case 'interrupted':
      return end(call, { reason: 'ended', hangup: 'ended' }, now);
    default:
      return turn(call);
  }
}

const ENDED_BY: Readonly<Record<HangupReason, 'missed' | 'declined' | 'elsewhere'>> = {
  ended: 'missed',
  cancelled: 'missed',
  declined: 'declined',
  busy: 'missed',
  elsewhere: 'elsewhere',
  glare: 'missed',
  timeout: 'missed',
  failed: 'missed',
  moved: 'elsewhere',
};

/** The other side of a leg has hung up. */
export function takeHangup(call: Call, leg: Leg, reason: HangupReason, now: number): Turn {
  switch (call.stage) {
    // A device that was called has accepted and given up again: the person's other devices have stopped by then.
    case 'calling': {
      const why = reason === 'failed' ? 'failed' : 'declined';
      return leg.said ? end(call, { reason: why, hangup: why, by: leg.name }, now) : turn(call);
    }
    case 'ringing':
    case 'claiming':
    case 'answering':
      return end(call, { reason: ENDED_BY[reason], unlisted: reason === 'glare' }, now);
    case 'declining':
      return end(call, { reason: 'declined' }, now);
    case 'taking-over':
      return end(call, { reason: 'failed', unlisted: true }, now);
    default:
      return takeRunningHangup(call, leg, reason, now);
  }
}

function takeRunningHangup(call: Call, leg: Leg, reason: HangupReason, now: number): Turn {
  if (leg.name.leg !== call.leg) return withoutNextLeg(call, leg);
  // Only a device that is handing over can have been moved from.
  const by = leg.name;
  if (reason === 'moved' && call.transfer?.by === 'this') return end(call, { reason, by, unlisted: true }, now);
  return end(call, { reason: reason === 'failed' ? 'failed' : 'ended', hangup: 'ended', by }, now);
}
