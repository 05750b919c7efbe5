// What is sent. A camera runs only while both people want video, each by a gesture of their own.

import type { CallSignalOf } from '../../conversation/call-content.ts';
import type { Sending } from '../media.ts';
import { on, say } from './say.ts';
import { type Call, currentLeg, isAnswered, type Leg, legOf, type Turn, turn, withLeg } from './state.ts';
import type { CallEffect } from './types.ts';

/** Both want video: `asked` by one, and by the other. */
export function isAgreed(call: Call, leg: Leg): boolean {
  return call.video && leg.theirVideo === 'wanted';
}

export function sent(call: Call, leg: Leg): Sending {
  const { microphone, camera } = call.sending;
  return { microphone, camera: camera && isAgreed(call, leg) };
}

/** A camera without agreement is refused, and with it the whole change. Before the answer, a video call is what is hoped for. */
export function setSending(call: Call, sending: Sending, now: number): Turn {
  const leg = currentLeg(call);
  const mayFilm = isAnswered(call) ? leg !== undefined && isAgreed(call, leg) : call.video;
  if (sending.camera && !mayFilm) return turn(call);
  if (sending.camera === call.sending.camera && sending.microphone === call.sending.microphone) return turn(call);
  return sendAnew({ ...call, sending: { microphone: sending.microphone, camera: sending.camera } }, now);
}

export function wantVideo(call: Call, wanted: boolean, now: number): Turn {
  const leg = currentLeg(call);
  if (!isAnswered(call) || leg === undefined) return turn(call);
  const asked = leg.theirVideo !== 'off';
  const theirVideo = asked ? (wanted ? 'wanted' : 'refused') : 'off';
  if (call.video === wanted && leg.theirVideo === theirVideo) return turn(call);
  return sendAnew(withLeg(wanted ? { ...call, video: true } : withoutVideo(call), leg, { theirVideo }), now);
}

/** The other side's word on what it sends. It may end the agreement, and makes none that this person has not asked for. */
export function takeState(call: Call, leg: Leg, signal: CallSignalOf<'call-state'>, now: number): Turn {
  if (!leg.confirmed || signal.revision <= leg.theirRevision) return turn(call);
  const { microphone, camera, revision } = signal;
  const asking = leg.theirVideo === 'refused' ? 'refused' : 'wanted';
  const theirVideo = signal.video === 'off' || signal.video === 'refused' ? 'off' : asking;
  const heard = withLeg(call, leg, { theirs: { microphone, camera }, theirVideo, theirRevision: revision });
  const isOver = call.video && (signal.video === 'refused' || (isAgreed(call, leg) && theirVideo === 'off'));
  if (isOver) return sendAnew(withoutVideo(heard), now);
  // A camera that was turned on while the asking was under way runs from the agreement on.
  const known = legOf(heard, leg.name);
  return known !== undefined && isAgreed(heard, known) && !isAgreed(call, leg) ? sendAnew(heard, now) : turn(heard);
}

function wordOnVideo(call: Call, leg: Leg): CallSignalOf<'call-state'>['video'] {
  if (call.video) return isAgreed(call, leg) ? 'agreed' : 'asked';
  return leg.theirVideo === 'refused' ? 'refused' : 'off';
}

/** Wanting ends with the agreement: a new one needs a new gesture. */
function withoutVideo(call: Call): Call {
  return { ...call, video: false, sending: { ...call.sending, camera: false } };
}

export function sendAnew(call: Call, now: number): Turn {
  const legs = call.legs.filter(({ confirmed }) => confirmed);
  if (legs.length === 0) return turn(call);
  const sends = legs.map((leg): CallEffect => ({ kind: 'send', name: leg.name, sending: sent(call, leg) }));
  const told = sayState(call, now);
  return turn(told.call, ...sends, ...told.effects);
}

export function sayState(call: Call, now: number): Turn {
  const revision = call.revision + 1;
  const effects = call.legs
    .filter(({ confirmed }) => confirmed)
    .map((leg) => {
      const fields = { revision, ...sent(call, leg), video: wordOnVideo(call, leg) };
      return say(leg.name, { type: 'call-state', ...on(leg.name), ...fields }, now);
    });
  return turn({ ...call, revision }, ...effects);
}
