// All that a device knows of its calls. Values are never changed, only replaced.

import type { CallMedia, CallSignal, Candidate } from '../../conversation/call-content.ts';
import type { Timer } from '../../conversation/timer.ts';
import type { Sending } from '../media.ts';
import type { CallEffect, EndReason, LegName } from './types.ts';

export interface CallsState {
  readonly account: string;
  readonly device: number;
  /** At most one of them is running ({@link isRunning}); the others end or have ended. */
  readonly calls: readonly Call[];
  /** Calls that ended not long ago, and their highest leg: what still arrives of them does nothing. */
  readonly ended: readonly EndedCall[];
  readonly early: readonly EarlySignal[];
}

export interface EndedCall {
  readonly call: string;
  readonly leg: number;
  readonly until: number;
}

/** A signal that came before what it belongs to. */
export interface EarlySignal {
  readonly signal: CallSignal;
  readonly random: string;
  readonly until: number;
}

export type Stage =
  | 'calling'
  | 'ringing'
  /** A person has accepted; the server was asked for the call. */
  | 'claiming'
  /** A person has declined; the server was asked for the call. Its screen shows nothing any more. */
  | 'declining'
  /** The answer is made or sent; not confirmed. */
  | 'answering'
  | 'offered-here'
  /** A person here has taken over a call of another own device; not answered. */
  | 'taking-over'
  | 'connecting'
  | 'connected'
  | 'interrupted'
  | 'ended';

export interface Call {
  readonly call: string;
  readonly entry: string;
  /** The other account. */
  readonly account: string;
  readonly caller: string;
  readonly direction: 'incoming' | 'outgoing';
  readonly media: CallMedia;
  readonly timer: Timer;
  /** Whether this person allows a direct path. */
  readonly direct: boolean;
  readonly stage: Stage;
  /** When the stage ends by itself. Of an ended call: when it is no longer shown. */
  readonly deadline: number | undefined;
  /** When an interrupted path is to be restarted. */
  readonly restartAt: number | undefined;
  /** While calling one for each device; then the one that the call runs on; during a handover the next as well. */
  readonly legs: readonly Leg[];
  /** The leg that the call runs on. */
  readonly leg: number;
  /** The highest number that either side has used or announced. */
  readonly highestLeg: number;
  readonly transfer: Transfer | undefined;
  /** What this person wants to send. The camera runs only while video is agreed. */
  readonly sending: Sending;
  /** This person wants video, by a gesture. */
  readonly video: boolean;
  /** Of the last `call-state` that this device said. */
  readonly revision: number;
  readonly connectedAt: number | undefined;
  readonly reason: EndReason | undefined;
}

/** What is so of every call that begins, wherever it does. */
export const BEGINNING = {
  restartAt: undefined,
  transfer: undefined,
  revision: 0,
  connectedAt: undefined,
  reason: undefined,
} satisfies Partial<Call>;

/** An announced handover: the device that is to make the leg `leg`, and whose. */
export interface Transfer {
  readonly by: 'this' | 'other';
  readonly leg: number;
  readonly device: number;
  readonly until: number;
}

export interface Leg {
  readonly name: LegName;
  readonly role: 'offerer' | 'answerer';
  /** This side's 16 random bytes; an answerer has them from the gesture on. */
  readonly random: string | undefined;
  readonly theirRandom: string | undefined;
  /** Of an answerer: what the offer brought. */
  readonly offer: { readonly sdp: string; readonly commitment: string } | undefined;
  /** The media of the leg is open here. */
  readonly opened: boolean;
  /** This side's offer or answer was sent. */
  readonly said: boolean;
  /** The answer holds: this side has sent the confirmation, or was named by it. */
  readonly confirmed: boolean;
  /** The other device rings. */
  readonly ringing: boolean;
  /** Whether the other person allows a direct path. */
  readonly direct: boolean;
  readonly path: 'none' | 'up' | 'down';
  readonly decoding: boolean;
  /** Of the last ICE restart that began. */
  readonly generation: number;
  /** The description of that generation is being made. */
  readonly restarting: boolean;
  /** Of an offerer: the last generation that was answered. */
  readonly answered: number;
  /** Own candidates that must not be said yet. */
  readonly waiting: readonly { readonly generation: number; readonly candidate: Candidate }[];
  readonly theirs: Sending;
  /** `refused`: this person does not want it; the asking is heard again once it was taken back. */
  readonly theirVideo: 'off' | 'wanted' | 'refused';
  readonly theirRevision: number;
}

/** What one event does to one call. */
export interface Turn {
  readonly call: Call;
  readonly effects: readonly CallEffect[];
}

export function initialState({ account, device }: { account: string; device: number }): CallsState {
  return { account, device, calls: [], ended: [], early: [] };
}

/** The call keeps the person busy: with it, no other rings and none is placed. */
export function isRunning({ stage }: Call): boolean {
  return stage !== 'ended' && stage !== 'declining';
}

/** Somebody has answered, and the answer holds. */
export function isAnswered({ stage }: Call): boolean {
  return stage === 'connecting' || stage === 'connected' || stage === 'interrupted';
}

/** The leg that an answered call runs on; of a call that this device answers, the one it answers. */
export function currentLeg({ legs, leg }: Call): Leg | undefined {
  return legs.find(({ name }) => name.leg === leg);
}

export function legOf(call: Call, name: LegName): Leg | undefined {
  return call.legs.find(
    (leg) => leg.name.leg === name.leg && leg.name.device === name.device && leg.name.account === name.account,
  );
}

export function withLeg(call: Call, { name }: Leg, changes: Partial<Leg>): Call {
  return { ...call, legs: call.legs.map((leg) => (leg.name === name ? { ...leg, ...changes } : leg)) };
}

export function turn(call: Call, ...effects: readonly CallEffect[]): Turn {
  return { call, effects };
}

export function andThen(first: Turn, next: (call: Call) => Turn): Turn {
  const second = next(first.call);
  return { call: second.call, effects: [...first.effects, ...second.effects] };
}
