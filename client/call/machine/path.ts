// What the media of a leg reports: its path comes up, breaks, and its first sound or picture.

import type { MediaEvent } from '../media.ts';
import { takeOwnCandidate } from './candidates.ts';
import { failLeg } from './fail.ts';
import { INTERRUPTED_MS, RESTART_AFTER_MS } from './limits.ts';
import { move } from './move.ts';
import { beginRestart, upgrade } from './restart.ts';
import { andThen, type Call, currentLeg, isAnswered, type Leg, type Turn, turn, withLeg } from './state.ts';

export function takeMedia(call: Call, leg: Leg, event: MediaEvent, now: number): Turn {
  if (!leg.opened) return turn(call);
  switch (event.kind) {
    case 'candidate':
      return takeOwnCandidate(call, leg, event.generation, event.candidate, now);
    case 'connected':
      return onPath(withLeg(call, leg, { path: 'up' }), leg.name.leg, now);
    case 'decoding':
      return onPath(withLeg(call, leg, { decoding: true }), leg.name.leg, now);
    case 'interrupted':
      return interrupted(withLeg(call, leg, { path: 'down' }), leg, now + RESTART_AFTER_MS, now);
    case 'failed':
      return failed(call, leg, event.reason, now);
  }
}

/** The leg with this number has a path, or a confirmation: with both it is connected. Of a next leg also the first sound or picture is waited for. */
export function onPath(call: Call, number: number, now: number): Turn {
  const leg = call.legs.find(({ name }) => name.leg === number);
  if (leg === undefined || !isAnswered(call) || !leg.confirmed || leg.path !== 'up') return turn(call);
  if (number !== call.leg) return leg.decoding ? move(call, leg, now) : turn(call);
  if (call.stage === 'connected') return turn(call);
  const connected: Call = {
    ...call,
    stage: 'connected',
    connectedAt: call.connectedAt ?? now,
    deadline: undefined,
    restartAt: undefined,
  };
  return upgrade(connected, leg);
}

function interrupted(call: Call, { name }: Leg, restartAt: number, now: number): Turn {
  if (call.stage !== 'connected' || name.leg !== call.leg) return turn(call);
  return turn({ ...call, stage: 'interrupted', deadline: now + INTERRUPTED_MS, restartAt });
}

/** Another certificate ends the leg. A path that was there once is restarted without waiting. */
function failed(call: Call, leg: Leg, reason: 'path' | 'certificate', now: number): Turn {
  const runs = call.stage === 'connected' || call.stage === 'interrupted';
  if (reason === 'certificate' || !runs || leg.name.leg !== call.leg) return failLeg(call, leg, 'failed', now);
  const down = withLeg(call, leg, { path: 'down' });
  return andThen(interrupted(down, leg, now, now), (next) => restartDue(next, now));
}

/** Restarts an interrupted path, once for each interruption. */
export function restartDue(call: Call, now: number): Turn {
  const leg = currentLeg(call);
  if (call.restartAt === undefined || leg === undefined) return turn(call);
  return beginRestart({ ...call, restartAt: undefined }, leg, now);
}
