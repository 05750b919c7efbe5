// A leg that cannot go on.

import { end } from './end.ts';
import { withoutDevice } from './place.ts';
import { on, say } from './say.ts';
import { type Call, type Leg, legOf, type Turn, turn } from './state.ts';
import type { LegName } from './types.ts';

/** The media of a leg failed at this device. */
export function failLeg(call: Call, leg: Leg, reason: 'failed' | 'no-relay', now: number): Turn {
  if (!leg.opened) return turn(call);
  if (call.stage === 'calling') return withoutDevice(call, leg, reason, now);
  if (leg.name.leg !== call.leg) {
    const { call: rest, effects } = withoutNextLeg(call, leg);
    return turn(rest, say(leg.name, { type: 'call-hangup', ...on(leg.name), reason: 'failed' }, now), ...effects);
  }
  return end(call, { reason, hangup: 'failed', unlisted: call.stage === 'taking-over' }, now);
}

/** The next leg of a handover came to nothing: the old one goes on. */
export function withoutNextLeg(call: Call, leg: Leg): Turn {
  const rest = { ...call, legs: call.legs.filter((other) => other !== leg), transfer: undefined };
  return turn(rest, { kind: 'close', name: leg.name });
}

/** An offer that never arrived: that device is out. Of anything else the limits of the states take care. */
export function undeliverable(call: Call, name: LegName, type: string, now: number): Turn {
  const leg = legOf(call, name);
  if (leg === undefined || leg.role !== 'offerer' || type !== 'call-offer') return turn(call);
  if (call.stage === 'calling') return withoutDevice(call, leg, 'unreachable', now);
  if (call.stage === 'taking-over') return end(call, { reason: 'unreachable', unlisted: true }, now);
  return turn(call);
}
