// What a person says: kept here and posted in one batch, and told to their other devices.

import { base64UrlEncode } from '../../shared/protocol/base64url.ts';
import { timeOf } from '../device/message-id.ts';
import { type Change, emojiSchema, type Said, type Target, textSchema, type Written } from './content.ts';
import { ConversationError, writableConversation } from './conversation.ts';
import type { Accepted, Refused } from './courier.ts';
import { accepted, outgoingMessage, refused, targetOf } from './message.ts';
import { type Place, posted, postedKey, type TextMessage } from './records.ts';
import { loadMessage, saveMessage } from './shelf.ts';
import { applyChange } from './store-message.ts';
import { UNREAD_MS } from './timer.ts';
import { type Head, newHead, post, type Work } from './work.ts';

const SALT_BYTES = 16;
const TEXT_RULE = 'a text has 1 to 4,094 bytes, where quotation marks and new lines count twice';

/** Names a message of a conversation, as a person points at it. */
export type Pointer = Pick<Place, 'author' | 'id'>;

/** Writes a text. @throws ConversationError blocked, invalid-content, unknown-message (what it answers has gone) */
export async function write(work: Work, to: string, text: string, reply?: Pointer): Promise<Written> {
  requireValid(textSchema.safeParse(text).success, TEXT_RULE);
  const { timer } = await writableConversation(work, to);
  const target = reply && (await targetAt(work, { conversation: to, ...reply }));
  const original: Written = {
    ...(await newHead(work, to)),
    type: 'text',
    text,
    timer,
    ...(target && { reply: target }),
    salt: base64UrlEncode(crypto.getRandomValues(new Uint8Array(SALT_BYTES))),
  };
  const place = { conversation: to, author: original.from, id: original.id };
  await saveMessage(work, place, outgoingMessage(original));
  work.ledger.put(posted, postedKey(original.id), place);
  post(work, original, { urgent: true });
  return original;
}

/** @throws ConversationError blocked, invalid-content, unknown-message, not-allowed (another's message, or a day has passed) */
export async function edit(work: Work, to: string, id: string, text: string): Promise<void> {
  requireValid(textSchema.safeParse(text).success, TEXT_RULE);
  await change(work, to, { author: work.courier.account, id }, { type: 'edit', text });
}

/** @param emoji null takes it back @throws ConversationError as {@link edit} */
export async function react(work: Work, to: string, pointer: Pointer, emoji: string | null): Promise<void> {
  requireValid(emoji === null || emojiSchema.safeParse(emoji).success, 'a reaction is one emoji');
  await change(work, to, pointer, { type: 'reaction', emoji });
}

/** Takes a message back for everybody. @throws ConversationError blocked, unknown-message */
export async function takeBack(work: Work, to: string, id: string): Promise<void> {
  await change(work, to, { author: work.courier.account, id }, { type: 'delete' });
}

/** Posts something that was said to somebody, and tells the own other devices. */
export async function say(work: Work, said: Said, about: Pointer | null): Promise<void> {
  const { id, to } = said;
  work.ledger.put(posted, postedKey(id), { conversation: to, author: about?.author ?? null, id: about?.id ?? null });
  post(work, said);
  tellOwnDevices(work, said, null);
}

/** The server has a letter for every device. Only for a message does that mean something: its timer starts, and the own devices are told when it ends. */
export async function wasAccepted(work: Work, letter: Accepted): Promise<void> {
  const own = await ownMessage(work, letter);
  if (!own) return;
  const next = accepted(own.record, letter, work.time.now);
  await saveMessage(work, own.place, next);
  tellOwnDevices(work, next.original, next.deadline);
}

export async function wasRefused(work: Work, letter: Refused): Promise<void> {
  const own = await ownMessage(work, letter);
  if (own) await saveMessage(work, own.place, refused(own.record, letter, work.time.now));
}

type NewChange =
  | { readonly type: 'edit'; readonly text: string }
  | { readonly type: 'reaction'; readonly emoji: string | null }
  | { readonly type: 'delete' };

async function change(work: Work, to: string, pointer: Pointer, wanted: NewChange): Promise<void> {
  await writableConversation(work, to);
  const target = await targetAt(work, { conversation: to, ...pointer });
  const said = changeOf(await newHead(work, to), target, wanted);
  if (!(await applyChange(work, to, said)))
    throw new ConversationError('not-allowed', 'the message cannot be changed so');
  await say(work, said, pointer);
}

/** With the keys in their order: payloads have one form only. */
function changeOf(head: Head, target: Target, wanted: NewChange): Change {
  if (wanted.type === 'edit') return { ...head, type: 'edit', target, text: wanted.text };
  if (wanted.type === 'reaction') return { ...head, type: 'reaction', target, emoji: wanted.emoji };
  return { ...head, type: 'delete', target };
}

async function targetAt(work: Work, place: Place): Promise<Target> {
  const record = await loadMessage(work.ledger, place);
  const gone = record?.kind !== 'text' || (record.deadline !== null && record.deadline <= work.time.shown);
  if (gone) throw new ConversationError('unknown-message', 'there is no such message');
  return targetOf(record.original);
}

async function ownMessage(
  work: Work,
  { id, to }: Pick<Accepted, 'id' | 'to'>,
): Promise<{ place: Place; record: TextMessage } | undefined> {
  const place = { conversation: to, author: work.courier.account, id };
  const record = await loadMessage(work.ledger, place);
  return record?.kind === 'text' ? { place, record } : undefined;
}

/** What the own account was told expires with the message. Its id is the one of what was said: another mailbox, another letter. */
function tellOwnDevices(work: Work, original: Said, deadline: number | null): void {
  const { account } = work.courier;
  const expires = Math.min(timeOf(original.id) + UNREAD_MS, deadline ?? Number.POSITIVE_INFINITY);
  post(
    work,
    { version: 1, id: original.id, from: account, to: account, type: 'sent', original, deadline },
    { expires },
  );
}

function requireValid(valid: boolean, message: string): void {
  if (!valid) throw new ConversationError('invalid-content', message);
}
