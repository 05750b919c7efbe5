// A message is stored once, with whatever arrived before it.

import { timeOf } from '../device/message-id.ts';
import { callReadElsewhere } from './call-entry.ts';
import type { Change, ContentOf, Written } from './content.ts';
import { loadConversation } from './conversation.ts';
import { hold, takeHeld } from './held.ts';
import { changed, readElsewhere } from './message.ts';
import { hashOf } from './payload.ts';
import { applied, appliedKey, type Held, type MessageRecord, type Place, type TextMessage } from './records.ts';
import { loadMessage, saveMessage, withdrawCopies } from './shelf.ts';
import { NO_TIMER, UNREAD_MS, unreadDeadline } from './timer.ts';
import { comesAfter, type Work } from './work.ts';

/**
 * Stores a message that was not there before; a place that is held open for it by an unreadable one is taken. Returns it, if it is new.
 */
export async function storeMessage(work: Work, place: Place, message: TextMessage): Promise<MessageRecord | undefined> {
  const { ledger } = work;
  const known = await ledger.get(applied, appliedKey(place));
  if (known && (await loadMessage(ledger, place))?.kind !== 'unreadable') return undefined;
  let record: MessageRecord = message;
  for (const early of await takeHeld(ledger, place)) record = after(record, early) ?? record;
  await saveMessage(work, place, record);
  await comesAfter(work, place.id);
  return record;
}

/** Applies a change that its sender may make; one that is early waits for its message. False: nothing has changed. */
export async function applyChange(work: Work, conversation: string, change: Change): Promise<boolean> {
  const { ledger, courier } = work;
  const { author, id } = change.target;
  if (author !== conversation && author !== courier.account) return false;
  const place = { conversation, author, id };
  const record = await loadMessage(ledger, place);
  if (!record || record.kind === 'unreadable') {
    if (!record && (await ledger.get(applied, appliedKey(place)))) return false;
    if (change.type === 'delete') return takeBackUnseen(work, place, change);
    await hold(ledger, place, change.id, change);
    return false;
  }
  const next = after(record, change);
  if (!next) return false;
  if (next.kind === 'deleted') withdrawCopies(ledger, courier, place, record);
  await saveMessage(work, place, next);
  return true;
}

/** What its author has taken back before it came is not to be shown when it does; that it was there, everybody sees alike. */
async function takeBackUnseen(work: Work, place: Place, { id, from, target }: ContentOf<'delete'>): Promise<boolean> {
  const age = timeOf(id) - timeOf(target.id);
  if (from !== place.author || age < 0 || age > UNREAD_MS) return false;
  const { timer = NO_TIMER } = (await loadConversation(work, place.conversation)) ?? {};
  await takeHeld(work.ledger, place);
  const deadline = unreadDeadline(timer, timeOf(target.id));
  await saveMessage(work, place, { kind: 'deleted', author: place.author, id: target.id, hash: target.hash, deadline });
  return true;
}

/** Another own device has read messages. */
export async function applyRead(work: Work, { id, conversation, messages }: ContentOf<'read'>): Promise<void> {
  const { ledger } = work;
  for (const { id: message, deadline } of messages) {
    const place = { conversation, author: conversation, id: message };
    const record = await loadMessage(ledger, place);
    if (record?.kind === 'text') await saveMessage(work, place, readElsewhere(record, deadline));
    else if (record?.kind === 'call') await saveMessage(work, place, callReadElsewhere(record, deadline));
    else if (!(await ledger.get(applied, appliedKey(place))) || record?.kind === 'unreadable') {
      await hold(ledger, place, id, { type: 'read', deadline });
    }
  }
}

function after(record: MessageRecord, event: Held): MessageRecord | undefined {
  if (event.type === 'read') return record.kind === 'text' ? readElsewhere(record, event.deadline) : undefined;
  return isAbout(event, record) ? changed(record, event) : undefined;
}

/** Whether the change names this very text, and not another one that its author gave the same id. */
function isAbout({ target }: Change, record: MessageRecord): boolean {
  if (record.kind !== 'text') return false;
  const original: Written = record.original;
  return hashOf(original) === target.hash;
}
