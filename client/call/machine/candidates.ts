// ICE candidates, and the rule that an address is told only where both people allow it (CALLS.md, section 5).

import { CANDIDATES_PER_SIGNAL, type CallSignalOf, type Candidate } from '../../conversation/call-content.ts';
import { WAITING_CANDIDATES } from './limits.ts';
import { on, say } from './say.ts';
import { type Call, type Leg, legOf, type Turn, turn, withLeg } from './state.ts';
import type { CallEffect } from './types.ts';

/** Both people allow a direct path. An offerer knows it from the answer on. */
export function bothDirect(call: Call, leg: Leg): boolean {
  return call.direct && leg.direct;
}

/** One more candidate of this side. It waits until the description that it belongs to was sent, and until it may be told. */
export function takeOwnCandidate(call: Call, leg: Leg, generation: number, candidate: Candidate, now: number): Turn {
  if (generation !== leg.generation || leg.waiting.length >= WAITING_CANDIDATES) return turn(call);
  const waiting = [...leg.waiting, { generation, candidate }];
  const next = withLeg(call, leg, { waiting });
  return sayWaiting(next, legOf(next, leg.name), now);
}

export function sayWaiting(call: Call, leg: Leg | undefined, now: number): Turn {
  if (leg === undefined || !leg.said || leg.restarting) return turn(call);
  const direct = leg.confirmed && bothDirect(call, leg);
  const { generation } = leg;
  const current = leg.waiting.filter((own) => own.generation === generation);
  const ready = current.filter(({ candidate }) => direct || isRelayed(candidate));
  const effects: CallEffect[] = [];
  for (let from = 0; from < ready.length; from += CANDIDATES_PER_SIGNAL) {
    const candidates = ready.slice(from, from + CANDIDATES_PER_SIGNAL).map(({ candidate }) => candidate);
    effects.push(say(leg.name, { type: 'call-candidates', ...on(leg.name), generation, candidates }, now));
  }
  return turn(withLeg(call, leg, { waiting: current.filter((own) => !ready.includes(own)) }), ...effects);
}

/** An answerer takes them once its person has accepted, an offerer once it has taken the answer of that device. */
export function takesCandidates({ role, opened, confirmed }: Leg): boolean {
  return role === 'offerer' ? confirmed : opened;
}

export function takeCandidates(call: Call, leg: Leg, signal: CallSignalOf<'call-candidates'>): Turn {
  if (!takesCandidates(leg) || signal.generation !== leg.generation) return turn(call);
  const candidates = signal.candidates.filter((candidate) => bothDirect(call, leg) || isRelayed(candidate));
  if (candidates.length === 0) return turn(call);
  return turn(call, { kind: 'add', name: leg.name, generation: leg.generation, candidates });
}

/** By the place that the type has in a candidate (RFC 8839, section 5.1). */
function isRelayed({ candidate }: Candidate): boolean {
  const [, , , , , , typ, type] = candidate.split(' ');
  return typ === 'typ' && type === 'relay';
}
