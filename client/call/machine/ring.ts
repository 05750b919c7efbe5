// An offer of a call: it rings, or it is listed. Nothing that an offer does opens anything.

import type { CallSignalOf } from '../../conversation/call-content.ts';
import { end } from './end.ts';
import { RINGING_MS } from './limits.ts';
import { ringingLeg } from './new-leg.ts';
import { on, say } from './say.ts';
import { BEGINNING, type Call, type CallsState, isRunning, type Turn, turn } from './state.ts';
import type { CallEffect } from './types.ts';

type Offer = CallSignalOf<'call-offer'>;

/** Turns of a running call, and then of the offered one. */
export function offered(
  state: CallsState,
  offer: Offer,
  { age, mayRing }: { age: number; mayRing: boolean },
  now: number,
): readonly Turn[] {
  const call = incoming(offer, now - age);
  const missed = end(call, { reason: 'missed' }, now);
  if (age >= RINGING_MS || !mayRing) return [missed];
  const running = state.calls.find(isRunning);
  const leg = ringingLeg(offer);
  const ring = turn({ ...call, legs: [leg] }, say(leg.name, { type: 'call-ringing', ...on(leg.name) }, now));
  if (running === undefined) return [ring];
  const busy = turn(missed.call, say(leg.name, { type: 'call-busy', ...on(leg.name) }, now), ...missed.effects);
  if (running.account !== offer.from) return [busy];
  // Glare: all devices of both keep the greater id, as text by code units, the same everywhere.
  const greater = offer.call > running.call;
  if (running.stage === 'calling') {
    if (!greater) return [end(call, { reason: 'missed', unlisted: true }, now)];
    return [end(running, { reason: 'cancelled', hangup: 'glare', unlisted: true }, now), ring];
  }
  if (running.stage === 'ringing' && greater) {
    const dropped = end(running, { reason: 'missed' }, now);
    return [turn(dropped.call, ...busyTo(running, now), ...dropped.effects), ring];
  }
  return [busy];
}

function busyTo(call: Call, now: number): CallEffect[] {
  return call.legs.map(({ name }) => say(name, { type: 'call-busy', ...on(name) }, now));
}

function incoming(offer: Offer, offeredAt: number): Call {
  const { call, leg, entry, from, media, timer } = offer;
  return {
    call,
    entry,
    account: from,
    caller: from,
    direction: 'incoming',
    media,
    timer,
    direct: false,
    stage: 'ringing',
    deadline: offeredAt + RINGING_MS,
    ...BEGINNING,
    legs: [],
    leg,
    highestLeg: leg,
    sending: { microphone: true, camera: false },
    video: false,
  };
}
