// From here on both sides know which devices talk: media is sent, and the short code is shown.

import { sayWaiting } from './candidates.ts';
import { ongoing } from './end.ts';
import { CONNECTING_MS } from './limits.ts';
import { onPath } from './path.ts';
import { sayState, sent } from './sending.ts';
import { andThen, type Call, isAnswered, type Leg, legOf, type Turn, turn, withLeg } from './state.ts';
import type { CallEffect } from './types.ts';

/** @param theirRandom the other side's random of this leg */
export function confirmed(call: Call, leg: Leg, theirRandom: string, now: number): Turn {
  const { name } = leg;
  const first = !isAnswered(call);
  const connecting: Call = first ? { ...call, stage: 'connecting', deadline: now + CONNECTING_MS } : call;
  const effects: CallEffect[] = [{ kind: 'send', name, sending: sent(call, leg) }, code(leg, theirRandom)];
  if (first) effects.push(ongoing(call));
  const begun = turn(withLeg(connecting, leg, { confirmed: true, theirRandom }), ...effects);
  const told = andThen(begun, (next) => sayState(next, now));
  const heard = andThen(told, (next) => sayWaiting(next, legOf(next, name), now));
  // The path may have come up before the confirmation.
  return andThen(heard, (next) => onPath(next, name.leg, now));
}

function code({ name, role, random = '' }: Leg, theirRandom: string): CallEffect {
  const offers = role === 'offerer';
  const randoms = offers ? { offerer: random, answerer: theirRandom } : { offerer: theirRandom, answerer: random };
  return { kind: 'code', name, offerer: offers ? 'this' : 'other', randoms };
}
