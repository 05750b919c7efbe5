// The calls of a conversation among its messages: what this device records, what other own devices tell of theirs, and what callers say that nobody answered.

import { CLOCK_SKEW_MS } from '../../shared/protocol/limits.ts';
import { timeOf } from '../device/message-id.ts';
import type { CallEntry } from './call-content.ts';
import { type CallFacts, callReadElsewhere, callRecord, mergedCall } from './call-entry.ts';
import type { ContentOf } from './content.ts';
import { ConversationError, loadConversation, takePart } from './conversation.ts';
import { takeHeld } from './held.ts';
import { applied, appliedKey, type CallRecord, ongoing, ongoingKey, type Place } from './records.ts';
import { loadMessage, saveMessage } from './shelf.ts';
import { deadlineAfter, UNREAD_MS } from './timer.ts';
import { comesAfter, newHead, post, type Work } from './work.ts';

/** A device is in one call at a time; a crash at every one would leave more. */
const MOST_ONGOING = 100;

/** Whom else a call is told to. */
export interface Telling {
  /** The own other devices: this one took part. */
  readonly tell: boolean;
  /** The callee's devices: nobody has answered. */
  readonly note: boolean;
}

/** @throws ConversationError unknown-conversation; not-allowed: called by a third account, or a note about somebody else's call */
export async function recordCall(
  work: Work,
  { call, ...facts }: CallFacts & { readonly call: string },
  { tell, note }: Telling,
): Promise<void> {
  const { courier, time } = work;
  const { id, conversation, caller, media, timer } = facts;
  if (!(await loadConversation(work, conversation)))
    throw new ConversationError('unknown-conversation', 'there is no such conversation');
  if (!isBetween(facts, courier.account) || (note && caller !== courier.account))
    throw new ConversationError('not-allowed', 'this is not a call of this conversation');
  const place = placeOf(facts);
  if (facts.outcome === 'ongoing') work.ledger.put(ongoing, ongoingKey(place), place);
  else work.ledger.delete(ongoing, ongoingKey(place));
  const known = await learn(work, place, callRecord(facts, deadlineAfter(timer, time.now)));
  if (!known) return;
  const told = tell ? await tellOwnDevices(work, conversation, known) : known.told;
  await saveMessage(work, place, { ...known, told });
  if (!note) return;
  post(work, { version: 1, id, from: caller, to: conversation, type: 'call', call, media, timer });
}

/** Calls in which the program ended are over; nobody knows how long they were. To be called before there can be a new one. */
export async function closeOngoing(work: Work): Promise<void> {
  for (const { key, value: place } of await work.ledger.range(ongoing, { limit: MOST_ONGOING })) {
    const record = await loadMessage(work.ledger, place);
    work.ledger.delete(ongoing, key);
    if (record?.kind !== 'call' || record.outcome !== 'ongoing') continue;
    const facts = { conversation: place.conversation, caller: place.author, id: place.id, seconds: 0 };
    const over: CallFacts = { ...facts, media: record.media, timer: record.timer, outcome: 'answered' };
    const known = mergedCall(record, callRecord(over, deadlineAfter(record.timer, work.time.now)));
    const told = await tellOwnDevices(work, place.conversation, known);
    await saveMessage(work, place, { ...known, told });
  }
}

/** From the caller: nobody has answered. That is all that somebody else can say about a call. */
export async function applyNote(work: Work, { id, from, media, timer }: ContentOf<'call'>): Promise<void> {
  const facts: CallFacts = { id, conversation: from, caller: from, media, outcome: 'missed', seconds: 0, timer };
  await apply(work, facts, null);
}

/** From an own device that took part. Whoever calls somebody accepts them, on any device. */
export async function applyEntry(work: Work, content: CallEntry): Promise<void> {
  const { id, conversation, caller, entry, media, outcome, seconds, timer, deadline } = content;
  const facts: CallFacts = { id: entry, conversation, caller, media, outcome, seconds, timer };
  // The clock of whoever called may be ahead of the one of the device that tells.
  const isTimely = timeOf(entry) <= timeOf(id) + CLOCK_SKEW_MS && timeOf(entry) >= timeOf(id) - UNREAD_MS;
  if (!isTimely || conversation === work.courier.account || !isBetween(facts, work.courier.account)) return;
  await takePart(work, conversation);
  await apply(work, facts, deadline);
}

async function apply(work: Work, facts: CallFacts, deadline: number | null): Promise<void> {
  const known = await learn(work, placeOf(facts), callRecord(facts, deadline));
  if (known) await saveMessage(work, placeOf(facts), known);
}

/** The entry with what is known now, to be saved. Undefined: it has gone, or there is something else under its name. */
async function learn(work: Work, place: Place, news: CallRecord): Promise<CallRecord | undefined> {
  const { ledger } = work;
  const record = await loadMessage(ledger, place);
  if (record?.kind === 'call') return mergedCall(record, news);
  // Only a gap is filled: it may be the letter with the caller's note that could not be read.
  if (record ? record.kind !== 'unreadable' : await ledger.get(applied, appliedKey(place))) return undefined;
  let known = news;
  for (const early of await takeHeld(ledger, place)) {
    if (early.type === 'read') known = callReadElsewhere(known, early.deadline);
  }
  await comesAfter(work, place.id);
  return known;
}

/** Posts what is known, in place of what may still wait to be said. @returns the id of the letter */
async function tellOwnDevices(work: Work, conversation: string, known: CallRecord): Promise<string> {
  const { courier, ledger } = work;
  const { id: entry, author: caller, media, outcome, seconds, timer, deadline, told } = known;
  if (told) ledger.add(courier.withdraw({ id: told, to: courier.account }));
  const head = await newHead(work, courier.account);
  const expires = Math.min(timeOf(head.id) + UNREAD_MS, deadline ?? Number.POSITIVE_INFINITY);
  const facts = { conversation, caller, entry, media, outcome, seconds, timer, deadline };
  post(work, { ...head, type: 'call-entry', ...facts }, { expires });
  return head.id;
}

const placeOf = ({ conversation, caller, id }: CallFacts): Place => ({ conversation, author: caller, id });
const isBetween = ({ conversation, caller }: CallFacts, account: string): boolean =>
  caller === conversation || caller === account;
