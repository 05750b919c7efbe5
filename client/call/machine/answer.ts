// The device that is called: a person's accepting or declining, the claim, the answer, and the confirmation.

import type { CallSignalOf } from '../../conversation/call-content.ts';
import { commitmentTo } from './commitment.ts';
import { confirmed } from './confirmed.ts';
import { end } from './end.ts';
import { failLeg } from './fail.ts';
import { ANSWERING_MS } from './limits.ts';
import { open } from './new-leg.ts';
import { on, say } from './say.ts';
import { type Call, currentLeg, type Leg, type Turn, turn, withLeg } from './state.ts';
import type { CallEvent } from './types.ts';

type Accept = Extract<CallEvent, { kind: 'accept' }>;

/** The gesture: the only way from `ringing` to anything that opens media. */
export function accept(call: Call, { camera, direct, random }: Accept, now: number): Turn {
  const leg = currentLeg(call);
  if (call.stage !== 'ringing' || leg === undefined) return turn(call);
  // Accepting a video call agrees to video; the own camera is as the person chose.
  const video = call.media === 'video';
  const accepted = { ...withLeg(call, leg, { random }), direct, video };
  const sending = { ...call.sending, camera: camera && video };
  return turn(
    { ...accepted, sending, stage: 'claiming', deadline: now + ANSWERING_MS },
    { kind: 'claim', call: call.call },
  );
}

/** Of an accepting and a declining device one wins; so declining asks for the call as well. */
export function decline(call: Call, now: number): Turn {
  if (call.stage === 'ringing') {
    return turn({ ...call, stage: 'declining', deadline: now + ANSWERING_MS }, { kind: 'claim', call: call.call });
  }
  // The claim is under way already.
  if (call.stage === 'claiming') return turn({ ...call, stage: 'declining' });
  return turn(call);
}

/**
 * The server's word on who holds the call. It may stop this device, and begins nothing that a gesture has not asked for. Where the server could not be asked,
 * answering goes on: the caller's confirmation decides.
 */
export function claimed(call: Call, by: 'this' | 'other' | undefined, now: number): Turn {
  const leg = currentLeg(call);
  if (leg === undefined) return turn(call);
  const { stage } = call;
  if (by === 'other') {
    const stops = stage === 'ringing' || stage === 'claiming' || stage === 'declining';
    return stops ? end(call, { reason: 'elsewhere' }, now) : turn(call);
  }
  if (stage === 'declining') return declined(call, now);
  if (stage !== 'claiming') return turn(call);
  const answering: Call = { ...withLeg(call, leg, { opened: true }), stage: 'answering' };
  return turn(answering, open(leg, call));
}

/** Nobody else holds the call, or the server has not said: the caller is told. */
export function declined(call: Call, now: number): Turn {
  const ended = end(call, { reason: 'declined' }, now);
  const told = call.legs.map(({ name }) => say(name, { type: 'call-decline', ...on(name) }, now));
  return turn(ended.call, ...told, ...ended.effects);
}

/** The description of an answering leg is made. */
export function sayAnswer(call: Call, leg: Leg, sdp: string, now: number): Turn {
  if (leg.random === undefined) return turn(call);
  const { name, random } = leg;
  const { camera } = call.sending;
  const said = { type: 'call-answer', ...on(name), camera, direct: call.direct, random, sdp } as const;
  return turn(withLeg(call, leg, { said: true }), say(name, said, now));
}

/**
 * The offerer's confirmation. Where it names this device, the revealed random must be the one that the offer was bound to; it counts only
 * after the answer was sent, because before that the offerer must not reveal it.
 */
export function takeConfirm(call: Call, leg: Leg, signal: CallSignalOf<'call-confirm'>, now: number): Turn {
  if (leg.role !== 'answerer' || leg.confirmed) return turn(call);
  const first = leg.name.leg === call.leg;
  if (signal.device !== signal.toDevice) return first ? end(call, { reason: 'elsewhere' }, now) : turn(call);
  if (!leg.said) return turn(call);
  if (signal.random === null || commitmentTo(signal.random) !== leg.offer?.commitment) {
    return failLeg(call, leg, 'failed', now);
  }
  return confirmed(call, leg, signal.random, now);
}
