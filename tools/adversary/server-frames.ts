import * as z from 'zod/mini';
import { ACTIONS, type ActionName } from '../../shared/protocol/actions.ts';
import { errorSchema } from '../../shared/protocol/errors.ts';
import { EVENTS } from '../../shared/protocol/events.ts';
import { fieldNames } from './schema-fields.ts';

/** A kind of frame that a server sends: `reply account.lists`, `event message`, `error`. */
export type FrameName = string;

const failure = z.object({ id: z.nullable(z.string()), error: errorSchema });

const replies = Object.entries(ACTIONS).map(([name, { reply }]) => [`reply ${name}`, reply] as const);
const events = Object.entries(EVENTS).map(([name, schema]) => [`event ${name}`, schema] as const);

/** Every frame that a server can send, with its schema. */
export const SERVER_FRAMES: ReadonlyMap<FrameName, z.core.$ZodType> = new Map<FrameName, z.core.$ZodType>([
  ...replies,
  ...events,
  ['error', failure],
]);

/** `frame name: field` for every field of every frame that a server can send. */
export function allServerFields(): string[] {
  return [...SERVER_FRAMES].flatMap(([name, schema]) => fieldNames(schema).map((field) => `${name}: ${field}`));
}

/** Undefined for what is none of them. @param action of the request with the frame's id */
export function frameNameOf(
  frame: { readonly event?: unknown; readonly ok?: unknown },
  action: ActionName | undefined,
): FrameName | undefined {
  if (typeof frame.event === 'string')
    return SERVER_FRAMES.has(`event ${frame.event}`) ? `event ${frame.event}` : undefined;
  if (frame.ok === false) return 'error';
  return frame.ok === true && action ? `reply ${action}` : undefined;
}
