// What goes when its time has come, and what is forgotten because it can no longer matter.

import type { RecordReader } from '../storage/record-store.ts';
import { type Ledger, readRange } from './ledger.ts';
import { applied, DUE, due, dueHeld, held, posted } from './records.ts';
import { eraseMessage } from './shelf.ts';
import { UNREAD_MS } from './timer.ts';
import type { Work } from './work.ts';

/** Records that one update removes: it must not keep others waiting long. */
const AT_A_TIME = 200;
/** A letter can be a day on its way to the server and two weeks in a mailbox; after that, no copy of it can come any more. */
const REMEMBERED_MS = UNREAD_MS + 2 * 24 * 60 * 60 * 1_000;

/** Erases what is past its deadline. True: there is more, the caller asks again. */
export async function eraseDue({ ledger, courier, time }: Work): Promise<boolean> {
  const until = { group: DUE, to: time.now + 1, limit: AT_A_TIME };
  const gone = await ledger.range(due, until);
  for (const { key, value } of gone) {
    await eraseMessage(ledger, courier, value);
    ledger.delete(due, key);
  }
  const late = await ledger.range(dueHeld, until);
  for (const { key, value } of late) {
    ledger.delete(held, value);
    ledger.delete(dueHeld, key);
  }
  const forgotten = await forget(ledger, time.now - REMEMBERED_MS);
  return gone.length === AT_A_TIME || late.length === AT_A_TIME || forgotten;
}

/** When the next message goes; undefined when none will. */
export async function nextDeadline(store: RecordReader): Promise<number | undefined> {
  const [next] = await store.range(due.name, { group: DUE, limit: 1 });
  return next?.key.order;
}

/** Conversations with messages that are due by a time. */
export async function conversationsDue(store: RecordReader, time: number): Promise<ReadonlySet<string>> {
  const found = await readRange(store, due, { group: DUE, to: time + 1, limit: AT_A_TIME });
  return new Set(found.map(({ value }) => value.conversation));
}

async function forget(ledger: Ledger, before: number): Promise<boolean> {
  let more = false;
  for (const [collection, group] of [
    [applied, 'applied'],
    [posted, 'posted'],
  ] as const) {
    const old = await ledger.range<unknown>(collection, { group, to: Math.max(0, before), limit: AT_A_TIME });
    for (const { key } of old) ledger.delete(collection, key);
    more ||= old.length === AT_A_TIME;
  }
  return more;
}
