// What arrives before the message that it is about: a change, or the note that another own device has read it. It waits as long as mail can.

import { timeOf } from '../device/message-id.ts';
import type { Ledger } from './ledger.ts';
import { dueHeld, dueKey, type Held, held, heldGroup, type Place } from './records.ts';
import { UNREAD_MS } from './timer.ts';

/** What may wait for one message: who names messages that do not exist fills no disk. */
const MOST = 20;

/** @param id of the letter that brought it */
export async function hold(ledger: Ledger, place: Place, id: string, value: Held): Promise<void> {
  const group = heldGroup(place);
  const waiting = await ledger.range(held, { group, limit: MOST });
  if (waiting.length >= MOST) return;
  ledger.put(held, { group, name: id }, value);
  ledger.put(dueHeld, dueKey(timeOf(id) + UNREAD_MS, { ...place, id }), { group, name: id });
}

/** Takes out what has waited for a message, in the order of writing. */
export async function takeHeld(ledger: Ledger, place: Place): Promise<Held[]> {
  const waiting = await ledger.range(held, { group: heldGroup(place), limit: MOST });
  for (const { key } of waiting) forget(ledger, place, key.name);
  return waiting.toSorted((a, b) => (a.key.name < b.key.name ? -1 : 1)).map(({ value }) => value);
}

function forget(ledger: Ledger, place: Place, id: string): void {
  ledger.delete(held, { group: heldGroup(place), name: id });
  ledger.delete(dueHeld, dueKey(timeOf(id) + UNREAD_MS, { ...place, id }));
}
