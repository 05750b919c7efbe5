// Calling: a leg for each device of the callee, and the offers.

import { commitmentTo } from './commitment.ts';
import { end } from './end.ts';
import { PREPARING_MS, RINGING_MS } from './limits.ts';
import { offeredLeg, open } from './new-leg.ts';
import { on, sayUrgently } from './say.ts';
import { BEGINNING, type Call, type Leg, type Turn, turn, withLeg } from './state.ts';
import type { CallEvent } from './types.ts';

type Place = Extract<CallEvent, { kind: 'place' }>;

/** @param own the account of this device */
export function place(own: string, event: Place, now: number): Turn {
  const { call: id, entry, account, media, direct, timer } = event;
  const video = media === 'video';
  const call: Call = {
    call: id,
    entry,
    account,
    caller: own,
    direction: 'outgoing',
    media,
    timer,
    direct,
    stage: 'calling',
    deadline: now + PREPARING_MS,
    ...BEGINNING,
    legs: event.devices.map(({ device, random }) => offeredLeg({ call: id, leg: 1, account, device }, random, false)),
    leg: 1,
    highestLeg: 1,
    sending: { microphone: true, camera: video },
    video,
  };
  if (call.legs.length === 0) return end(call, { reason: 'unreachable' }, now);
  return turn(call, ...call.legs.map((leg) => open(leg, call)));
}

/** The description of a leg that this device offers is made. */
export function sayOffer(call: Call, leg: Leg, sdp: string, now: number): Turn {
  if (leg.random === undefined) return turn(call);
  const { entry, timer, direct } = call;
  const said = {
    type: 'call-offer',
    ...on(leg.name),
    entry,
    media: call.video ? 'video' : 'audio',
    direct,
    commitment: commitmentTo(leg.random),
    timer,
    sdp,
  } as const;
  const effect = sayUrgently(leg.name, said, now);
  const isFirst = call.stage === 'calling' && !call.legs.some((other) => other.said);
  const deadline = isFirst ? now + RINGING_MS : call.deadline;
  return turn(withLeg({ ...call, deadline }, leg, { said: true }), { ...effect, expires: deadline ?? effect.expires });
}

/** One of the devices that were called is out: its leg failed, or it cannot be reached. With the last one the call ends. */
export function withoutDevice(call: Call, leg: Leg, reason: 'failed' | 'no-relay' | 'unreachable', now: number): Turn {
  const rest = { ...call, legs: call.legs.filter((other) => other !== leg) };
  if (rest.legs.length === 0) return end(call, { reason, hangup: 'failed' }, now);
  const hangup = sayUrgently(leg.name, { type: 'call-hangup', ...on(leg.name), reason: 'failed' }, now);
  return turn(rest, { kind: 'close', name: leg.name }, ...(leg.said && reason !== 'unreachable' ? [hangup] : []));
}
