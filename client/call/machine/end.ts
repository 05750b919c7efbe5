// How a call ends: its media is closed, the other side is told, and its entry is written.

import type { CallOutcome, HANGUP_REASONS } from '../../conversation/call-content.ts';
import { SHOWN_MS } from './limits.ts';
import { on, say, sayUrgently } from './say.ts';
import { type Call, isAnswered, type Leg, type Turn, turn } from './state.ts';
import type { CallEffect, EndReason, LegName } from './types.ts';

export type HangupReason = (typeof HANGUP_REASONS)[number];

export interface Ending {
  readonly reason: EndReason;
  /** What the other side is told; it is told nothing where this is left out. */
  readonly hangup?: HangupReason;
  /** Whoever has hung up and need not be told. */
  readonly by?: LegName;
  /** The call is not listed: another call, or another device, stands for it. */
  readonly unlisted?: boolean;
}

/** Of a call that nobody answered. */
const OUTCOMES: Readonly<Record<EndReason, CallOutcome>> = {
  ended: 'cancelled',
  cancelled: 'cancelled',
  declined: 'declined',
  busy: 'busy',
  missed: 'missed',
  elsewhere: 'elsewhere',
  moved: 'ongoing',
  failed: 'failed',
  'no-relay': 'failed',
  unreachable: 'missed',
};

export function end(call: Call, ending: Ending, now: number): Turn {
  const { reason, hangup, by, unlisted = false } = ending;
  const effects: CallEffect[] = [];
  for (const leg of call.legs) {
    if (hangup !== undefined && leg.name !== by && hears(leg)) effects.push(hangUp(call, leg, hangup, now));
    if (leg.opened) effects.push({ kind: 'close', name: leg.name });
  }
  if (!unlisted) effects.push(entryOf(call, reason, now));
  const ended: Call = {
    ...call,
    stage: 'ended',
    reason,
    deadline: now + SHOWN_MS,
    restartAt: undefined,
    legs: [],
    transfer: undefined,
  };
  return turn(ended, ...effects);
}

/** The call goes on: the entry of the device that runs it, for the own others. */
export function ongoing(call: Call): CallEffect {
  return { kind: 'entry', entry: { ...fields(call), outcome: 'ongoing', seconds: 0 }, tell: true, note: false };
}

function entryOf(call: Call, reason: EndReason, now: number): CallEffect {
  const talked = call.connectedAt !== undefined;
  const outcome = talked || (isAnswered(call) && OUTCOMES[reason] !== 'failed') ? 'answered' : OUTCOMES[reason];
  const seconds = call.connectedAt === undefined ? 0 : Math.max(0, Math.floor((now - call.connectedAt) / 1_000));
  const tookPart = call.stage !== 'ringing' && outcome !== 'elsewhere';
  // A device that declined has told its own others; a call that failed here before anybody answered is no call to tell of.
  const note = call.stage === 'calling' && outcome !== 'declined' && outcome !== 'failed';
  return { kind: 'entry', entry: { ...fields(call), outcome, seconds }, tell: tookPart, note };
}

function fields({ call, entry, account, caller, media, timer }: Call) {
  return { call, id: entry, conversation: account, caller, media, timer };
}

/** The other side knows of the leg. */
function hears({ role, said }: Leg): boolean {
  return role === 'answerer' || said;
}

function hangUp({ stage }: Call, { name }: Leg, reason: HangupReason, now: number): CallEffect {
  const said = { type: 'call-hangup', ...on(name), reason } as const;
  return stage === 'calling' ? sayUrgently(name, said, now) : say(name, said, now);
}
