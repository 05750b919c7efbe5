// Reading: a person has seen messages. Their timers start, their author may learn of it, and the own other devices do.

import { readCall } from './call-entry.ts';
import { type ContentOf, NAMED_MESSAGES } from './content.ts';
import { isUnread, read } from './message.ts';
import { oweReceipt } from './receipts.ts';
import { type MessageRecord, messages, type Place, placeAt, unread } from './records.ts';
import { saveMessage } from './shelf.ts';
import { newHead, post, type Work } from './work.ts';

const MOST_AT_A_TIME = 500;

/** Everything up to this time (milliseconds since 1970, of writing) has been read. True: there is more, the caller asks again. */
export async function readUpTo(work: Work, conversation: string, time: number): Promise<boolean> {
  const { ledger, courier } = work;
  const found = await ledger.range(unread, { group: conversation, to: time + 1, limit: MOST_AT_A_TIME });
  const notes: ContentOf<'read'>['messages'] = [];
  for (const { key } of found) {
    const record = await ledger.get(messages, key);
    if (!record || !isUnread(record)) continue;
    const { id, deadline } = await readNow(work, placeAt(key), record);
    notes.push({ id, deadline });
  }
  for (let from = 0; from < notes.length; from += NAMED_MESSAGES) {
    const head = await newHead(work, courier.account);
    post(work, { ...head, type: 'read', conversation, messages: notes.slice(from, from + NAMED_MESSAGES) });
  }
  return found.length === MOST_AT_A_TIME;
}

/** Whoever called learns nothing of it. */
async function readNow(
  work: Work,
  place: Place,
  record: MessageRecord,
): Promise<{ id: string; deadline: number | null }> {
  let next = record;
  if (record.kind === 'call') next = readCall(record, work.time.now);
  if (record.kind === 'text') {
    const message = read(record, work.time.now);
    next = message;
    await oweReceipt(work, place, message, 'read');
  }
  await saveMessage(work, place, next);
  return { id: place.id, deadline: next.deadline };
}
