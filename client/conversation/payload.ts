// Payloads as bytes, and what is taken from whom.

import { sha256 } from '@noble/hashes/sha2.js';
import { base64UrlEncode } from '../../shared/protocol/base64url.ts';
import { fromUtf8, utf8 } from '../../shared/protocol/bytes.ts';
import { CLOCK_SKEW_MS, MESSAGE_ID_PAST_MS } from '../../shared/protocol/limits.ts';
import { timeOf } from '../device/message-id.ts';
import { CONTENT, type Content, type OwnContent, type PeerContent, type Said } from './content.ts';
import { conversationId } from './conversation-id.ts';
import { type Delivered, PAYLOAD_BYTES } from './courier.ts';
import { UNREAD_MS } from './timer.ts';

/** What came from somebody else, or from another device of the own account. */
export type Incoming =
  | { readonly channel: 'peer'; readonly content: PeerContent }
  | { readonly channel: 'own'; readonly content: OwnContent };

/** The conversation that content is about; undefined for what an account's devices tell each other about everything. */
export function conversationOf(content: Content, account: string): string | undefined {
  if (content.from !== content.to) return conversationId(content.from, content.to);
  if (content.type === 'sent') return conversationId(account, content.original.to);
  if (content.type === 'read' || content.type === 'call-entry') return conversationId(account, content.conversation);
  if (content.type === 'call-handover') return conversationId(account, content.peer);
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
 * What a letter says, or undefined if it is to be ignored: not of this version, a type of a later one or of another channel, not said to this
 * account by who delivered it, or not in the conversation that it came in.
 */
export function openLetter(delivered: Delivered, account: string): Incoming | undefined {
  const incoming = decode(delivered, account);
  if (!incoming || !isTimely(delivered)) return undefined;
  const { content } = incoming;
  if (content.id !== delivered.id || content.from !== delivered.sender || content.to !== account) return undefined;
  if (!isOriginalIn(content) || conversationOf(content, account) !== delivered.conversation) return undefined;
  return incoming;
}

/**
 * Undefined for anything that {@link encodePayload} does not write: white space, a key twice, keys in another order. What a sender committed to
 * must read alike for everybody.
 */
function decode({ payload, sender }: Delivered, account: string): Incoming | undefined {
  const text = payload.length <= PAYLOAD_BYTES ? fromUtf8(payload) : undefined;
  const value = text === undefined ? undefined : parseJson(text);
  if (sender === account) {
    const own = CONTENT.own.safeParse(value);
    return own.success && JSON.stringify(own.data) === text ? { channel: 'own', content: own.data } : undefined;
  }
  const peer = CONTENT.peer.safeParse(value);
  return peer.success && JSON.stringify(peer.data) === text ? { channel: 'peer', content: peer.data } : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The server refuses ids whose time is further off; it is not relied on for that. */
export function isTimely({ id, stamp }: Pick<Delivered, 'id' | 'stamp'>): boolean {
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
