// The other person goes on at another of their devices: the call runs on the next leg, and the old one ends.

import { on, say } from './say.ts';
import { isAgreed, sendAnew } from './sending.ts';
import { type Call, currentLeg, type Leg, type Turn, turn } from './state.ts';
import type { CallEffect } from './types.ts';

export function move(call: Call, next: Leg, now: number): Turn {
  const old = currentLeg(call);
  const effects: CallEffect[] = [];
  for (const { name } of call.legs) {
    if (name === next.name) continue;
    effects.push(say(name, { type: 'call-hangup', ...on(name), reason: 'moved' }, now), { kind: 'close', name });
  }
  const moved: Call = {
    ...call,
    stage: 'connected',
    deadline: undefined,
    restartAt: undefined,
    transfer: undefined,
    legs: [next],
    leg: next.name.leg,
  };
  // What was agreed with the old device does not hold for a new one that does not want video.
  if (old === undefined || !isAgreed(call, old) || isAgreed(moved, next)) return turn(moved, ...effects);
  const silent = sendAnew({ ...moved, video: false, sending: { ...moved.sending, camera: false } }, now);
  return turn(silent.call, ...effects, ...silent.effects);
}
