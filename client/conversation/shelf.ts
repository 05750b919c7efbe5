// Messages in the store, together with the indexes that must never differ from them: what is unread, what goes when, and what was there.

import type { Courier } from './courier.ts';
import { takeHeld } from './held.ts';
import type { Ledger } from './ledger.ts';
import { isUnread } from './message.ts';
import {
  applied,
  appliedKey,
  conversations,
  due,
  dueKey,
  type MessageRecord,
  messageKey,
  messages,
  ongoing,
  ongoingKey,
  type Place,
  unread,
} from './records.ts';
import type { Work } from './work.ts';

export function loadMessage(ledger: Ledger, place: Place): Promise<MessageRecord | undefined> {
  return ledger.get(messages, messageKey(place));
}

/** Writes a message that is new or has changed. One whose time is up is not written, but erased. */
export async function saveMessage(work: Work, place: Place, record: MessageRecord): Promise<void> {
  const { ledger, courier, time } = work;
  const key = messageKey(place);
  ledger.put(applied, appliedKey(place), true);
  if (record.deadline !== null && record.deadline <= time.now) return eraseMessage(ledger, courier, place);
  const before = await ledger.get(messages, key);
  if (before && before.deadline !== null) ledger.delete(due, dueKey(before.deadline, place));
  if (record.deadline !== null) ledger.put(due, dueKey(record.deadline, place), place);
  if (isUnread(record)) ledger.put(unread, key, true);
  else if (before && isUnread(before)) ledger.delete(unread, key);
  ledger.put(messages, key, record);
  ledger.touched.add(place.conversation);
}

/** Removes a message and everything that would show what it said. Reactions and edits are part of it, and quotes are read from it. */
export async function eraseMessage(ledger: Ledger, courier: Courier, place: Place): Promise<void> {
  const record = await loadMessage(ledger, place);
  if (!record) return;
  if (record.deadline !== null) ledger.delete(due, dueKey(record.deadline, place));
  ledger.delete(messages, messageKey(place));
  ledger.delete(unread, messageKey(place));
  ledger.delete(ongoing, ongoingKey(place));
  ledger.touched.add(place.conversation);
  await takeHeld(ledger, place);
  await dropFromDraft(ledger, place);
  withdrawCopies(ledger, courier, place, record);
}

/** Copies that are still in the outbox: the message, its last edit, and what other own devices are told of both; of a call, what others are told of it. */
export function withdrawCopies(ledger: Ledger, courier: Courier, place: Place, record: MessageRecord): void {
  if (record.kind === 'call') {
    if (record.told) ledger.add(courier.withdraw({ id: record.told, to: courier.account }));
    if (place.author === courier.account) ledger.add(courier.withdraw({ id: place.id, to: place.conversation }));
  }
  if (place.author !== courier.account || record.kind !== 'text') return;
  const ids = record.edit ? [place.id, record.edit.id] : [place.id];
  for (const id of ids) {
    for (const to of [place.conversation, courier.account]) ledger.add(courier.withdraw({ id, to }));
  }
}

/** A draft that changes the message is a copy of it; one that answers it keeps its own words. */
async function dropFromDraft(ledger: Ledger, { conversation, author, id }: Place): Promise<void> {
  const record = await ledger.get(conversations, { group: conversation });
  if (!record?.draft) return;
  const { draft } = record;
  if (draft.editing === id) ledger.put(conversations, { group: conversation }, { ...record, draft: null });
  else if (draft.reply?.id === id && draft.reply.author === author) {
    ledger.put(conversations, { group: conversation }, { ...record, draft: { ...draft, reply: null } });
  }
}
