// ICE restarts. The offerer of a leg begins them; its answerer asks for one.

import type { CallSignalOf } from '../../conversation/call-content.ts';
import { bothDirect, sayWaiting } from './candidates.ts';
import { GENERATIONS } from './limits.ts';
import { on, say } from './say.ts';
import { andThen, type Call, currentLeg, type Leg, legOf, type Turn, turn, withLeg } from './state.ts';
import type { CallEffect, CallEvent } from './types.ts';

type Restarted = Extract<CallEvent, { kind: 'restarted' }>;

export function beginRestart(call: Call, leg: Leg, now: number): Turn {
  const generation = leg.generation + 1;
  if (!leg.confirmed || generation > GENERATIONS) return turn(call);
  if (leg.role === 'offerer') return restarting(call, leg, generation, undefined);
  return turn(
    call,
    say(leg.name, { type: 'call-restart', ...on(leg.name), generation, kind: 'wanted', sdp: null }, now),
  );
}

/** The first path is up, and both people allow a direct one. */
export function upgrade(call: Call, leg: Leg): Turn {
  const first = leg.generation === 0 && leg.role === 'offerer';
  return first && bothDirect(call, leg) ? restarting(call, leg, 1, undefined) : turn(call);
}

/** A relay is about to end: the offerer moves the leg that the call runs on. */
export function drained(call: Call, now: number): Turn {
  const leg = currentLeg(call);
  return leg?.role === 'offerer' ? beginRestart(call, leg, now) : turn(call);
}

/** The description of a restart is made; of one that was overtaken by the next nothing is said. */
export function sayRestart(call: Call, leg: Leg, { generation, role, sdp }: Restarted, now: number): Turn {
  if (generation !== leg.generation || generation === 0 || (role === 'offer') !== (leg.role === 'offerer')) {
    return turn(call);
  }
  const said = say(leg.name, { type: 'call-restart', ...on(leg.name), generation, kind: role, sdp }, now);
  const next = withLeg(call, leg, { restarting: false });
  return andThen(turn(next, said), (told) => sayWaiting(told, legOf(told, leg.name), now));
}

export function takeRestart(call: Call, leg: Leg, signal: CallSignalOf<'call-restart'>, now: number): Turn {
  const { kind, generation, sdp } = signal;
  if (!leg.confirmed) return turn(call);
  if (leg.role === 'offerer') {
    if (kind === 'wanted' && generation > leg.generation) return beginRestart(call, leg, now);
    // An answer counts once, for the restart that was offered last.
    if (kind !== 'answer' || sdp === null || generation !== leg.generation || generation <= leg.answered) {
      return turn(call);
    }
    if (leg.restarting) return turn(call);
    return turn(withLeg(call, leg, { answered: generation }), {
      kind: 'accept-restart',
      name: leg.name,
      generation,
      sdp,
    });
  }
  if (kind !== 'offer' || sdp === null || generation <= leg.generation) return turn(call);
  return restarting(call, leg, generation, sdp);
}

function restarting(call: Call, leg: Leg, generation: number, offer: string | undefined): Turn {
  const policy = bothDirect(call, leg) ? 'all' : 'relay';
  const effect: CallEffect = { kind: 'restart', name: leg.name, generation, offer, policy };
  return turn(withLeg(call, leg, { generation, restarting: true }), effect);
}
