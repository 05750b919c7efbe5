// The next leg of a call, to or from another device of one of both people (CALLS.md, section 8).

import { type CallHandover, type CallSignalOf, LEGS } from '../../conversation/call-content.ts';
import { HANDOVER_MS } from './limits.ts';
import { handedLeg, open, ringingLeg } from './new-leg.ts';
import { say } from './say.ts';
import { isAgreed } from './sending.ts';
import { BEGINNING, type Call, currentLeg, isAnswered, type Turn, turn, withLeg } from './state.ts';
import type { CallEffect, CallEvent } from './types.ts';

type Accept = Extract<CallEvent, { kind: 'accept' }>;

/** This person wants to go on at another own device. The call stays here until the other side has moved. */
export function handOver(call: Call, device: number, now: number): Turn {
  const current = currentLeg(call);
  const leg = call.highestLeg + 1;
  const free = call.stage === 'connected' && call.transfer === undefined;
  if (!free || current === undefined || leg > LEGS) return turn(call);
  const { call: id, entry, caller, timer } = call;
  const { account, device: peerDevice } = current.name;
  const media = isAgreed(call, current) ? 'video' : 'audio';
  const until = now + HANDOVER_MS;
  const handover = { call: id, leg, peer: account, peerDevice, entry, caller, media, timer } as const;
  const effect: CallEffect = { kind: 'say-handover', device, handover, expires: until };
  const told = say(current.name, { type: 'call-transfer', call: id, leg, device }, now);
  return turn({ ...call, highestLeg: leg, transfer: { by: 'this', leg, device, until } }, effect, told);
}

/** The device that this one talks to names the device that is to go on. Nothing is opened by it. */
export function takeTransfer(call: Call, signal: CallSignalOf<'call-transfer'>, age: number, now: number): Turn {
  const current = currentLeg(call);
  const { leg, device, from, fromDevice } = signal;
  if (!isAnswered(call) || current === undefined || !current.confirmed) return turn(call);
  if (from !== current.name.account || fromDevice !== current.name.device || device === fromDevice) return turn(call);
  const own = call.transfer?.by === 'this' ? call.transfer.leg : undefined;
  // Of two attempts at once, that of the offerer of the current leg holds.
  if (own !== undefined && (current.role === 'offerer' || leg < own)) return turn(call);
  if (own === undefined && leg <= call.highestLeg) return turn(call);
  const transfer = { by: 'other', leg, device, until: now - age + HANDOVER_MS } as const;
  const given = call.legs.filter((other) => other !== current);
  const closes = given.map(({ name }): CallEffect => ({ kind: 'close', name }));
  return turn({ ...call, legs: [current], highestLeg: leg, transfer }, ...closes);
}

/** The offer of the leg and the device that were announced, and of no other, is answered without asking. @param random 16 fresh bytes */
export function takeNextOffer(call: Call, signal: CallSignalOf<'call-offer'>, random: string): Turn {
  const { transfer } = call;
  if (!isAnswered(call) || transfer?.by !== 'other' || signal.from !== call.account) return turn(call);
  if (signal.leg !== transfer.leg || signal.fromDevice !== transfer.device) return turn(call);
  if (call.legs.some(({ name }) => name.leg === signal.leg)) return turn(call);
  const leg = { ...ringingLeg(signal), random, opened: true };
  return turn({ ...call, legs: [...call.legs, leg] }, open(leg, call));
}

/** Another own device offers its call. Only a gesture takes it. */
export function handedHere(handover: CallHandover, age: number, now: number): Turn {
  const { call, leg, peer, peerDevice, entry, caller, media, timer, from } = handover;
  return turn({
    call,
    entry,
    account: peer,
    caller,
    direction: caller === from ? 'outgoing' : 'incoming',
    media,
    timer,
    direct: false,
    stage: 'offered-here',
    deadline: now - age + HANDOVER_MS,
    ...BEGINNING,
    legs: [handedLeg({ call, leg, account: peer, device: peerDevice }, media === 'video')],
    leg,
    highestLeg: leg,
    sending: { microphone: true, camera: false },
    video: false,
  });
}

/** The gesture of whoever takes the call over at this device. */
export function takeOver(call: Call, { camera, direct, random }: Accept): Turn {
  const leg = currentLeg(call);
  if (call.stage !== 'offered-here' || leg === undefined) return turn(call);
  const video = call.media === 'video';
  const sending = { ...call.sending, camera: camera && video };
  const taken = withLeg(call, leg, { random, opened: true });
  return turn({ ...taken, stage: 'taking-over', direct, video, sending }, open(leg, { ...call, direct }));
}
