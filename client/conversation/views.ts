// What a person sees: read from the store at the moment it is shown, and never a message whose time is up.

import { timeOf } from '../device/message-id.ts';
import type { RecordReader } from '../storage/record-store.ts';
import type { CallMedia, CallOutcome } from './call-content.ts';
import type { Refusal } from './courier.ts';
import { readRange, readRecord } from './ledger.ts';
import {
  type CallRecord,
  type ConversationRecord,
  conversations,
  type Draft,
  type MessageRecord,
  messageKey,
  messages,
  type TextMessage,
  unread,
} from './records.ts';
import type { TimerSeconds } from './timer.ts';

/** Where one is counted no further: "99+". */
const MOST_UNREAD = 100;
const MOST_CONVERSATIONS = 10_000;

export interface MessageView {
  readonly id: string;
  readonly author: string;
  /** When it was written, by its author's clock: milliseconds since 1970. */
  readonly time: number;
  /** `call`: somebody called. `deleted`: its author took it back. `unreadable`: it arrived and could not be decrypted; it was asked for again. */
  readonly kind: MessageRecord['kind'];
  /** '' for what is not a text. */
  readonly text: string;
  readonly edited: boolean;
  /** The message that it answers; its text is undefined once that has gone. */
  readonly reply: { readonly author: string; readonly id: string; readonly text: string | undefined } | undefined;
  readonly reactions: readonly { readonly by: string; readonly emoji: string }[];
  /** Of a call. `seconds`: how long people talked. */
  readonly call:
    | {
        readonly incoming: boolean;
        readonly media: CallMedia;
        readonly outcome: CallOutcome;
        readonly seconds: number;
      }
    | undefined;
  /** Of a text; of a call `unread` (it came in and was missed) or `seen`. */
  readonly state: TextMessage['state'] | undefined;
  /** Why it was not sent, with the state `failed`. */
  readonly refusal: Refusal | undefined;
  /** When it goes: milliseconds since 1970. Undefined: never. */
  readonly deadline: number | undefined;
}

export interface ConversationView {
  readonly account: string;
  readonly standing: ConversationRecord['standing'];
  readonly timer: TimerSeconds;
  /** Milliseconds since 1970; on this device only. */
  readonly mutedUntil: number;
  readonly draft: Draft | undefined;
  /** Up to 100. */
  readonly unread: number;
  /** The last message. */
  readonly latest: MessageView | undefined;
}

export interface Page {
  /** At most so many; 1 to 1,000, default 50. */
  readonly limit?: number;
  /** The oldest message of the page before: reading goes on towards older ones. */
  readonly before?: Pick<MessageView, 'author' | 'id'>;
}

/** @param shown what has its deadline by then is left out */
export async function viewMessages(
  store: RecordReader,
  conversation: string,
  { limit = 50, before }: Page,
  shown: number,
): Promise<MessageView[]> {
  const after = before && { after: messageKey({ conversation, author: before.author, id: before.id }) };
  const found = await readRange(store, messages, { group: conversation, reverse: true, limit, ...after });
  const alive = found.map(({ value }) => value).filter((record) => !isOver(record, shown));
  const views = await Promise.all(alive.map((record) => viewOf(store, conversation, record, shown)));
  // Ids begin with the time, so this is the order on every device, also where two were written in one millisecond.
  return views.sort((a, b) => (a.id < b.id ? -1 : 1));
}

export async function viewConversation(
  store: RecordReader,
  record: ConversationRecord,
  shown: number,
): Promise<ConversationView> {
  const { account, standing, timer, mutedUntil, draft } = record;
  const waiting = await store.range(unread.name, { group: account, limit: MOST_UNREAD });
  const [latest] = await viewMessages(store, account, { limit: 1 }, shown);
  return {
    account,
    standing,
    timer: timer.seconds,
    mutedUntil,
    draft: draft ?? undefined,
    unread: waiting.length,
    latest,
  };
}

/** The conversation that was last written in comes first. A request with nothing in it is none. */
export async function viewConversations(store: RecordReader, shown: number): Promise<ConversationView[]> {
  const records = await readRange(store, conversations, { limit: MOST_CONVERSATIONS });
  const views = await Promise.all(records.map(({ value }) => viewConversation(store, value, shown)));
  const visible = views.filter(({ standing, latest }) => standing !== 'request' || latest !== undefined);
  return visible.sort((a, b) => (b.latest?.time ?? 0) - (a.latest?.time ?? 0));
}

async function viewOf(
  store: RecordReader,
  conversation: string,
  record: MessageRecord,
  shown: number,
): Promise<MessageView> {
  if (record.kind !== 'text') {
    const { author, id, kind, deadline } = record;
    const nothing = { text: '', edited: false, reply: undefined, reactions: [], refusal: undefined };
    const state = kind === 'call' ? record.state : undefined;
    const call = kind === 'call' ? callOf(record, conversation) : undefined;
    return { id, author, time: timeOf(id), kind, ...nothing, state, call, deadline: deadline ?? undefined };
  }
  const { original, edit, reactions, state, refusal, deadline } = record;
  return {
    id: original.id,
    author: original.from,
    time: timeOf(original.id),
    kind: 'text',
    text: edit?.text ?? original.text,
    edited: edit !== null,
    reply: original.reply && (await quoteOf(store, conversation, original.reply, shown)),
    reactions: reactions.flatMap(({ by, emoji }) => (emoji === null ? [] : [{ by, emoji }])),
    call: undefined,
    state,
    refusal: refusal ?? undefined,
    deadline: deadline ?? undefined,
  };
}

const callOf = ({ author, media, outcome, seconds }: CallRecord, conversation: string): MessageView['call'] => ({
  incoming: author === conversation,
  ...{ media, outcome, seconds },
});

/** A quote is read from the message itself: it says what that says now, and goes when that goes. */
async function quoteOf(
  store: RecordReader,
  conversation: string,
  { author, id }: { author: string; id: string },
  shown: number,
) {
  const record = await readRecord(store, messages, messageKey({ conversation, author, id }));
  const isThere = record?.kind === 'text' && !isOver(record, shown);
  return { author, id, text: isThere ? (record.edit?.text ?? record.original.text) : undefined };
}

const isOver = ({ deadline }: MessageRecord, shown: number): boolean => deadline !== null && deadline <= shown;
