import { newMessageId, timeOf } from '../device/message-id.ts';
import type { Content } from './content.ts';
import type { Courier, Letter } from './courier.ts';
import type { Ledger } from './ledger.ts';
import { conversationOf, encodePayload } from './payload.ts';
import { times } from './records.ts';
import { UNREAD_MS } from './timer.ts';
import type { TrustedTime } from './trusted-clock.ts';

/** One update of what this device keeps: everything that it changes, and every letter that it posts, is written in one batch. */
export interface Work {
  readonly ledger: Ledger;
  readonly courier: Courier;
  readonly time: TrustedTime;
}

/** How far ids may run ahead of the clock: when they are made quickly, or to come after what was seen of a clock that is ahead. */
const MOST_AHEAD_MS = 60_000;
const LAST_ID = { group: 'last-id' };

/** The fields with which every content begins, in their order. */
export type Head = Pick<Content, 'version' | 'id' | 'from' | 'to'>;

/** The head of a content with a new id. Ids of one device follow each other by at least a millisecond: their order is the order of writing. */
export async function newHead({ ledger, courier, time }: Work, to: string): Promise<Head> {
  const now = courier.serverTime() ?? time.now;
  const last = (await ledger.get(times, LAST_ID)) ?? 0;
  const next = last >= now && last - now < MOST_AHEAD_MS ? last + 1 : now;
  ledger.put(times, LAST_ID, next);
  return { version: 1, id: newMessageId(next), from: courier.account, to };
}

/** What is written from now on comes after this message, on every device: an answer never stands before its question. */
export async function comesAfter({ ledger, courier, time }: Work, id: string): Promise<void> {
  const last = (await ledger.get(times, LAST_ID)) ?? 0;
  const seen = timeOf(id);
  if (seen > last && seen - (courier.serverTime() ?? time.now) < MOST_AHEAD_MS) ledger.put(times, LAST_ID, seen);
}

/** Puts a content into the outbox. Without `expires` it lives as long as mail can. */
export function post({ ledger, courier }: Work, content: Content, options: Partial<Letter> = {}): void {
  ledger.add(courier.post({ ...letterOf(content, courier.account), ...options }));
}

/** A letter for the devices that take part in what the content is about. */
export function letterOf(content: Content, account: string): Letter {
  const { id, to } = content;
  const conversation = conversationOf(content, account);
  const letter = { id, to, payload: encodePayload(content), expires: timeOf(id) + UNREAD_MS, urgent: false };
  return conversation === undefined ? letter : { ...letter, conversation };
}
