// What happens to a call when its time has come.

import { declined } from './answer.ts';
import { end } from './end.ts';
import { withoutNextLeg } from './fail.ts';
import { restartDue } from './path.ts';
import { on, say } from './say.ts';
import { type Call, type Turn, turn } from './state.ts';

/** The next time at which {@link expire} does something; undefined: never by itself. */
export function dueAt({ deadline, restartAt, transfer }: Call): number | undefined {
  const times = [deadline, restartAt, transfer?.until].filter((time) => time !== undefined);
  return times.length === 0 ? undefined : Math.min(...times);
}

/** Of a call that has not ended, and of which {@link dueAt} has come. */
export function expire(call: Call, now: number): Turn {
  if (call.deadline !== undefined && call.deadline <= now) return expireStage(call, now);
  if (call.restartAt !== undefined && call.restartAt <= now) return restartDue(call, now);
  return expireTransfer(call, now);
}

function expireStage(call: Call, now: number): Turn {
  switch (call.stage) {
    case 'calling':
      // Nobody was rung, so nobody has missed it.
      if (!call.legs.some(({ said }) => said)) return end(call, { reason: 'failed' }, now);
      return end(call, { reason: 'missed', hangup: 'timeout' }, now);
    case 'ringing':
      return end(call, { reason: 'missed' }, now);
    case 'declining':
      return declined(call, now);
    case 'offered-here':
      return end(call, { reason: 'elsewhere', unlisted: true }, now);
    case 'taking-over':
      return end(call, { reason: 'failed', hangup: 'failed', unlisted: true }, now);
    default:
      return end(call, { reason: 'failed', hangup: 'failed' }, now);
  }
}

/** Nothing came of the handover: the old leg goes on. */
function expireTransfer(call: Call, now: number): Turn {
  const next = call.legs.find(({ name }) => name.leg !== call.leg);
  if (next === undefined) return turn({ ...call, transfer: undefined });
  const told = say(next.name, { type: 'call-hangup', ...on(next.name), reason: 'failed' }, now);
  const { call: rest, effects } = withoutNextLeg(call, next);
  return turn(rest, told, ...effects);
}
