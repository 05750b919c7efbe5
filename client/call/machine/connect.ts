// The device that calls: which devices ring, the answer that holds, and what ends the calling.

import type { CallSignalOf } from '../../conversation/call-content.ts';
import { confirmed } from './confirmed.ts';
import { end } from './end.ts';
import { on, say, sayUrgently } from './say.ts';
import { andThen, type Call, type Leg, legOf, type Turn, turn, withLeg } from './state.ts';
import type { CallEffect } from './types.ts';

export function takeRinging(call: Call, leg: Leg): Turn {
  return call.stage === 'calling' && leg.said ? turn(withLeg(call, leg, { ringing: true })) : turn(call);
}

/** The first answer of a device that this one has made an offer to. All others stop ringing, and their legs are closed. */
export function takeAnswer(call: Call, leg: Leg, signal: CallSignalOf<'call-answer'>, now: number): Turn {
  const waits = call.stage === 'calling' || call.stage === 'taking-over';
  if (!waits || leg.role !== 'offerer' || !leg.said || leg.random === undefined) return turn(call);
  const { name, random } = leg;
  const effects: CallEffect[] = [{ kind: 'accept', name, sdp: signal.sdp }];
  for (const { name: other, said, opened } of call.legs) {
    const winner = other === name;
    const revealed = winner ? random : null;
    const confirm = { type: 'call-confirm', ...on(other), device: name.device, random: revealed } as const;
    if (said) effects.push(winner ? say(other, confirm, now) : sayUrgently(other, confirm, now));
    if (opened && !winner) effects.push({ kind: 'close', name: other });
  }
  const answered = withLeg({ ...call, legs: [leg] }, leg, {
    direct: signal.direct,
    theirs: { microphone: true, camera: signal.camera && call.video },
    theirVideo: call.video ? 'wanted' : 'off',
  });
  return andThen(turn(answered, ...effects), (next) => {
    const winner = legOf(next, name);
    return winner === undefined ? turn(next) : confirmed(next, winner, signal.random, now);
  });
}

/** Nobody has answered, and a device called says that the person will not: the call is over everywhere. */
export function takeRefusal(call: Call, leg: Leg, reason: 'declined' | 'busy', now: number): Turn {
  if (call.stage !== 'calling' || !leg.said) return turn(call);
  return end(call, { reason, hangup: reason, by: leg.name }, now);
}
