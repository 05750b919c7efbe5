// What this device keeps of conversations, and where.

import * as z from 'zod/mini';
import { accountId, deviceId, messageId, time, whole } from '../../shared/protocol/fields.ts';
import { timeOf } from '../device/message-id.ts';
import type { RecordKey } from '../storage/record-store.ts';
import { CALL_OUTCOMES } from './call-content.ts';
import { changeSchema, digest, emojiSchema, textSchema, writtenSchema } from './content.ts';
import type { Collection } from './ledger.ts';
import { timer } from './timer.ts';

/** Names a message. The author is part of it: nobody can take the place of somebody else's message by using its id. */
export interface Place {
  /** The account at the other end. */
  readonly conversation: string;
  readonly author: string;
  readonly id: string;
}

const deadline = z.nullable(time);
const name = { author: accountId, id: messageId };

/** What a report of the message would need beside its payload. */
const proof = z.strictObject({
  device: deviceId,
  week: whole(0, 99_999),
  time,
  tag: digest,
  commitment: digest,
  frankingKey: digest,
});
export type Proof = z.output<typeof proof>;

const textMessage = z.strictObject({
  kind: z.literal('text'),
  /** As it was sent. */
  original: writtenSchema,
  /** `unread` and `seen` are of messages that came in, the others of messages that went out. */
  state: z.enum(['unread', 'seen', 'sending', 'failed', 'sent', 'delivered', 'read']),
  refusal: z.nullable(z.enum(['expired', 'unknown-account', 'no-devices', 'blocked', 'rejected'])),
  deadline,
  /** The latest. */
  edit: z.nullable(z.strictObject({ id: messageId, text: textSchema })),
  /** The latest of each person; null when it was taken back. */
  reactions: z.array(z.strictObject({ by: accountId, id: messageId, emoji: z.nullable(emojiSchema) })),
  /** Devices that it was encrypted for, where this device sent it: they may ask for it again. */
  devices: z.array(deviceId),
  proof: z.nullable(proof),
});
export type TextMessage = z.output<typeof textMessage>;

const call = z.strictObject({
  kind: z.literal('call'),
  /** The author is who called, the id is that of the entry. */
  ...name,
  media: z.enum(['audio', 'video']),
  outcome: z.enum(CALL_OUTCOMES),
  seconds: whole(0, 0x7fff_ffff),
  timer,
  /** `unread`: a call that came in and was missed. */
  state: z.enum(['unread', 'seen']),
  deadline,
  /** The letter that last told the own other devices, which may still be in the outbox. */
  told: z.nullable(messageId),
});
export type CallRecord = z.output<typeof call>;

const messageRecord = z.discriminatedUnion('kind', [
  textMessage,
  call,
  /** Its author has taken it back. */
  z.strictObject({ kind: z.literal('deleted'), ...name, hash: digest, deadline }),
  /** It arrived and could not be decrypted; it was asked for again. */
  z.strictObject({ kind: z.literal('unreadable'), ...name, deadline }),
]);
export type MessageRecord = z.output<typeof messageRecord>;

export const messages: Collection<MessageRecord> = { name: 'messages', schema: messageRecord };

/** In the order of writing by the clocks of those who wrote: the same on every device. */
export function messageKey({ conversation, author, id }: Place): Required<RecordKey> {
  return { group: conversation, order: timeOf(id), name: `${author}/${id}` };
}

/** Where a message is, from the key that {@link messageKey} made. */
export function placeAt({ group, name }: Required<RecordKey>): Place {
  const [author = '', id = ''] = name.split('/');
  return { conversation: group, author, id };
}

const conversationRecord = z.strictObject({
  account: accountId,
  standing: z.enum(['request', 'accepted', 'blocked']),
  /** Of the standing; only grows. */
  revision: whole(0, 0x7fff_ffff),
  timer,
  /** On this device; 0 when it is not muted. */
  mutedUntil: time,
  draft: z.nullable(
    z.strictObject({ text: z.string(), reply: z.nullable(z.strictObject(name)), editing: z.nullable(messageId) }),
  ),
});
export type ConversationRecord = z.output<typeof conversationRecord>;
export type Draft = NonNullable<ConversationRecord['draft']>;

export const conversations: Collection<ConversationRecord> = { name: 'conversations', schema: conversationRecord };

const nothing = z.literal(true);

/** Messages that nobody has read, under the keys of `messages`. */
export const unread: Collection<true> = { name: 'unread', schema: nothing };

/** What came before the message that it is about. Name: the id of the letter that brought it. */
const heldRecord = z.discriminatedUnion('type', [changeSchema, z.strictObject({ type: z.literal('read'), deadline })]);
export type Held = z.output<typeof heldRecord>;
export const held: Collection<Held> = { name: 'held', schema: heldRecord };
export const heldGroup = ({ conversation, author, id }: Place): string => `${conversation}/${author}/${id}`;

/** Which messages go when, and which held records. */
export const due: Collection<Place> = {
  name: 'due',
  schema: z.strictObject({ conversation: accountId, ...name }),
};
export const dueHeld: Collection<{ group: string; name: string }> = {
  name: 'due-held',
  schema: z.strictObject({ group: z.string(), name: z.string() }),
};
export const DUE = 'due';
export const dueKey = (deadline: number, { conversation, author, id }: Place): RecordKey => ({
  group: DUE,
  order: deadline,
  name: `${conversation}/${author}/${id}`,
});

/** Calls that this device is in: what is still there when it starts was cut off by the end of the program. */
export const ongoing: Collection<Place> = {
  name: 'ongoing-calls',
  schema: z.strictObject({ conversation: accountId, ...name }),
};
export const ongoingKey = ({ conversation, author, id }: Place): RecordKey => ({
  group: 'ongoing',
  name: `${conversation}/${author}/${id}`,
});

/** Messages that were stored once, in the order of their times: what comes again is known, also when it has gone. */
export const applied: Collection<true> = { name: 'applied', schema: nothing };
export const appliedKey = ({ conversation, author, id }: Place): RecordKey => ({
  group: 'applied',
  order: timeOf(id),
  name: `${conversation}/${author}/${id}`,
});

/** Receipts that are due soon. Group: the conversation; name: kind and id. */
const owedReceipt = z.strictObject({ kind: z.enum(['delivered', 'read']), id: messageId, hash: digest });
export type OwedReceipt = z.output<typeof owedReceipt>;
export const receipts: Collection<OwedReceipt> = { name: 'receipts', schema: owedReceipt };

/** What each letter of this account was about: its own message, the one that it changes, or, without author and id, the timer. */
const postedRecord = z.strictObject({
  conversation: accountId,
  author: z.nullable(accountId),
  id: z.nullable(messageId),
});
export const posted: Collection<z.output<typeof postedRecord>> = { name: 'posted', schema: postedRecord };
export const postedKey = (id: string): RecordKey => ({ group: 'posted', order: timeOf(id), name: id });

/** Letters that were asked for again, and those that were sent again, in the order of asking. Group: {@link resendGroup}. */
export const resends: Collection<true> = { name: 'resends', schema: nothing };
export const resendGroup = (kind: 'asked' | 'answered', account: string): string => `${kind}/${account}`;

const settingsRecord = z.strictObject({
  deliveryReceipts: z.boolean(),
  readReceipts: z.boolean(),
  typing: z.boolean(),
  /** Only grows. */
  revision: whole(0, 0x7fff_ffff),
});
export type SettingsRecord = z.output<typeof settingsRecord>;
export const settings: Collection<SettingsRecord> = { name: 'conversation-settings', schema: settingsRecord };
export const SETTINGS_KEY: RecordKey = { group: 'settings' };

/** Times: of the last message id that was made, and the latest time that was known. */
export const times: Collection<number> = { name: 'times', schema: time };
