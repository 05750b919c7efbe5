import * as z from 'zod/mini';
import { ACTIONS, type ActionName, type ReplyOf, type RequestOf } from './actions.ts';
import { errorSchema, ProtocolError } from './errors.ts';
import { EVENTS, type EventName, type EventOf } from './events.ts';
import { requestId } from './fields.ts';
import { FRAME_BYTES } from './limits.ts';

const text = new TextEncoder();

/** Own names of an object that would reach into prototypes when copied carelessly; no frame may use one. */
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/** Parses a frame's text. @throws ProtocolError `bad-frame` when it is too long, not a JSON object, or uses a forbidden key at any depth. */
export function parseFrame(frame: string): Record<string, unknown> {
  // A character is at least one byte: the cheap test first.
  if (frame.length > FRAME_BYTES || text.encode(frame).length > FRAME_BYTES) throw new ProtocolError('bad-frame');
  let value: unknown;
  try {
    value = JSON.parse(frame, (key, entry) => {
      if (FORBIDDEN_KEYS.has(key)) throw new ProtocolError('bad-frame');
      return entry;
    });
  } catch {
    throw new ProtocolError('bad-frame');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new ProtocolError('bad-frame');
  return value as Record<string, unknown>;
}

/** The id to answer to, or null when the frame has none that can be used. */
export function frameId(frame: Record<string, unknown>): string | null {
  const id = z.safeParse(requestId, frame.id);
  return id.success ? id.data : null;
}

/** Checks a parsed frame against the schema of its action. @throws ProtocolError `unknown-action`, or `bad-request` whose reason is the path of the field. */
export function decodeRequest(frame: Record<string, unknown>): { [Name in ActionName]: RequestOf<Name> }[ActionName] {
  const name = frame.action;
  if (typeof name !== 'string' || !Object.hasOwn(ACTIONS, name)) throw new ProtocolError('unknown-action');
  const result = z.safeDecode(ACTIONS[name as ActionName].request, frame as never);
  if (result.success) return result.data;
  throw new ProtocolError('bad-request', { reason: pathOf(result.error) });
}

/** The text of a request. */
export function encodeRequest<Name extends ActionName>(name: Name, request: Omit<RequestOf<Name>, 'action'>): string {
  return JSON.stringify(z.encode(ACTIONS[name].request as z.ZodMiniType, { ...request, action: name }));
}

/** The text of a successful reply. @throws when the fields do not fit the schema or a frame: a defect of the server. */
export function encodeReply<Name extends ActionName>(name: Name, id: string, reply: ReplyOf<Name>): string {
  const fields = z.encode(ACTIONS[name].reply as z.ZodMiniType, reply) as Record<string, unknown>;
  return withinFrame(JSON.stringify({ id, ok: true, ...fields }));
}

/** The text of the reply to a request that failed. */
export function encodeError(id: string | null, error: ProtocolError): string {
  return JSON.stringify({ id, ok: false, error: error.toBody() });
}

/** The text of an event. @throws when the fields do not fit the schema or a frame. */
export function encodeEvent<Name extends EventName>(event: EventOf<Name>): string {
  return withinFrame(JSON.stringify(z.encode(EVENTS[event.event as Name] as z.ZodMiniType, event)));
}

/** Bytes that a value adds to a frame as JSON. */
export const jsonBytes = (value: unknown): number => text.encode(JSON.stringify(value)).length;

function withinFrame(frame: string): string {
  if (text.encode(frame).length > FRAME_BYTES) throw new Error('frame over the limit');
  return frame;
}

function pathOf(error: z.core.$ZodError): string {
  const issue = error.issues[0];
  return issue && issue.path.length > 0 ? issue.path.join('.').slice(0, 100) : 'frame';
}

const replyFrame = z.discriminatedUnion('ok', [
  z.looseObject({ id: requestId, ok: z.literal(true) }),
  z.object({ id: z.nullable(requestId), ok: z.literal(false), error: errorSchema }),
]);

/** A frame from the server as a client sees it before it knows which request it answers. */
export type ServerFrame =
  | { readonly kind: 'reply'; readonly id: string; readonly fields: Record<string, unknown> }
  | { readonly kind: 'error'; readonly id: string | null; readonly error: ProtocolError }
  | { readonly kind: 'event'; readonly event: { [Name in EventName]: EventOf<Name> }[EventName] }
  | { readonly kind: 'other' };

/** Sorts a frame from the server. Events of later versions and the gateway's own error frames come back as `other`; @throws ProtocolError on anything malformed. */
export function decodeServerFrame(frame: string): ServerFrame {
  const value = parseFrame(frame);
  if (typeof value.event === 'string') {
    if (!Object.hasOwn(EVENTS, value.event)) return { kind: 'other' };
    const event = z.safeDecode(EVENTS[value.event as EventName] as z.ZodMiniType, value);
    if (!event.success) throw new ProtocolError('bad-frame');
    return { kind: 'event', event: event.data as EventOf<EventName> };
  }
  if (!('ok' in value)) return { kind: 'other' };
  const reply = z.safeParse(replyFrame, value);
  if (!reply.success) throw new ProtocolError('bad-frame');
  if (reply.data.ok) return { kind: 'reply', id: reply.data.id, fields: value };
  const { code, reason, retryAfter } = reply.data.error;
  const detail = { ...(reason === undefined ? {} : { reason }), ...(retryAfter === undefined ? {} : { retryAfter }) };
  return { kind: 'error', id: reply.data.id, error: new ProtocolError(code, detail) };
}

/** The fields of a successful reply, checked. @throws ProtocolError `bad-frame` when the server's reply does not fit the schema. */
export function decodeReply<Name extends ActionName>(name: Name, fields: Record<string, unknown>): ReplyOf<Name> {
  const result = z.safeDecode(ACTIONS[name].reply as z.ZodMiniType, fields);
  if (!result.success) throw new ProtocolError('bad-frame');
  return result.data as ReplyOf<Name>;
}
