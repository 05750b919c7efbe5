// Signals on their way out.

import { SIGNAL_MS } from './limits.ts';
import type { CallEffect, LegName, Said } from './types.ts';

type SayEffect = Extract<CallEffect, { kind: 'say' }>;

/** The head of every signal of a leg. */
export function on({ call, leg }: LegName): { call: string; leg: number } {
  return { call, leg };
}

export function say({ account, device }: LegName, said: Said, now: number): SayEffect {
  return { kind: 'say', to: { account, device }, said, urgent: false, expires: now + SIGNAL_MS };
}

/** For what starts or stops a ringing: it wakes the other device. */
export function sayUrgently(to: LegName, said: Said, now: number): SayEffect {
  return { ...say(to, said, now), urgent: true };
}
