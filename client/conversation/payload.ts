// Payloads as bytes, and which of them may come from whom.

import { sha256 } from '@noble/hashes/sha2.js';
import { base64UrlEncode } from '../../shared/protocol/base64url.ts';
import { fromUtf8, utf8 } from '../../shared/protocol/bytes.ts';
import { CLOCK_SKEW_MS, MESSAGE_ID_PAST_MS } from '../../shared/protocol/limits.ts';
import { type Content, type ContentType, content, type Said } from './content.ts';
import { conversationId } from './conversation-id.ts';
import { type Delivered, PAYLOAD_BYTES } from './courier.ts';
import { timeOf } from './message-id.ts';
import { UNREAD_MS } from './timer.ts';

/** From somebody else, or from another device of the own account. */
export type Channel = 'peer' | 'own';

/** A type that arrives on another channel is not what it seems: nobody else may tell a device what its owner read. */
const CHANNELS: Readonly<Record<ContentType, readonly Channel[]>> = {
  text: ['peer'],
  edit: ['peer'],
  reaction: ['peer'],
  delete: ['peer'],
  timer: ['peer'],
  receipt: ['peer'],
  typing: ['peer'],
  resent: ['peer'],
  'resend-request': ['peer', 'own'],
  sent: ['own'],
  read: ['own'],
  standing: ['own'],
  settings: ['own'],
};

export interface Incoming {
  readonly channel: Channel;
  readonly content: Content;
}

/** The conversation that content is about; undefined for what an account's devices tell each other about everything. */
export function conversationOf(content: Content, account: string): string | undefined {
  if (content.from !== content.to) return conversationId(content.from, content.to);
  if (content.type === 'sent') return conversationId(account, content.original.to);
  if (content.type === 'read') return conversationId(account, content.conversation);
  return undefined;
}

/** @throws RangeError when it does not fit a letter */
export function encodePayload(payload: Content): Uint8Array {
  const bytes = utf8(JSON.stringify(payload));
  if (bytes.length > PAYLOAD_BYTES) throw new RangeError(`a payload has at most ${PAYLOAD_BYTES} bytes`);
  return bytes;
}

/** Names a message by its content, as receipts and changes do: SHA-256 of the payload, in base64url. */
export function hashOf(payload: Content): string {
  return base64UrlEncode(sha256(encodePayload(payload)));
}

/**
 * What a letter says, or undefined if it is to be ignored: not of this version, a type of a later one, not said to this account by who delivered
 * it, or on a channel that it does not belong to.
 */
export function openLetter(delivered: Delivered, account: string): Incoming | undefined {
  const payload = decodePayload(delivered.payload);
  if (!payload || payload.id !== delivered.id || payload.from !== delivered.sender || payload.to !== account)
    return undefined;
  const channel = delivered.sender === account ? 'own' : 'peer';
  if (!CHANNELS[payload.type].includes(channel)) return undefined;
  if (!isTimely(delivered) || !isOriginalIn(payload)) return undefined;
  if (conversationOf(payload, account) !== delivered.conversation) return undefined;
  return { channel, content: payload };
}

/**
 * Undefined for anything that {@link encodePayload} does not write: white space, a key twice, keys in another order. What a sender committed to
 * must read alike for everybody.
 */
export function decodePayload(bytes: Uint8Array): Content | undefined {
  const text = bytes.length <= PAYLOAD_BYTES ? fromUtf8(bytes) : undefined;
  if (text === undefined) return undefined;
  const parsed = content.safeParse(parseJson(text));
  return parsed.success && JSON.stringify(parsed.data) === text ? parsed.data : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The server refuses ids whose time is further off; it is not relied on for that. */
function isTimely({ id, stamp }: Delivered): boolean {
  const time = timeOf(id);
  return time >= stamp.time - MESSAGE_ID_PAST_MS && time <= stamp.time + CLOCK_SKEW_MS;
}

/** What is passed on is something its sender said, to somebody else on the own channel, and not older than mail can be. */
function isOriginalIn(payload: Content): boolean {
  if (payload.type !== 'sent' && payload.type !== 'resent') return true;
  const original: Said = payload.original;
  if (original.from !== payload.from) return false;
  if (payload.type === 'sent' ? original.to === payload.to : original.to !== payload.to) return false;
  return timeOf(original.id) <= timeOf(payload.id) && timeOf(original.id) >= timeOf(payload.id) - UNREAD_MS;
}
