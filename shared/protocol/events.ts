import * as z from 'zod/mini';
import { callClaimed } from './call.ts';
import { sequence, whole } from './fields.ts';
import { PREKEYS_PER_PAGE } from './limits.ts';
import { linkEvent } from './link.ts';
import { envelope } from './message.ts';
import { relayDraining } from './relay.ts';

const left = whole(0, PREKEYS_PER_PAGE);

/** Every frame that the server sends unasked. Pushes may be lost, repeated and reordered; what they announce can always be asked for. */
export const EVENTS = {
  pong: z.object({ event: z.literal('pong') }),
  message: z.extend(envelope, { event: z.literal('message') }),
  link: linkEvent,
  'prekeys.low': z.object({ event: z.literal('prekeys.low'), ec: left, kem: left }),
  /** The account's own list has moved on. */
  'account.changed': z.object({ event: z.literal('account.changed'), sequence }),
  'call.claimed': callClaimed,
  'relay.draining': relayDraining,
} as const;

export type EventName = keyof typeof EVENTS;
export type EventOf<Name extends EventName> = z.output<(typeof EVENTS)[Name]>;
