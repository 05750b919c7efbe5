// Letters that could not be decrypted are asked for once, in a new session, and sent again only to devices that were meant to have them.

import { timeOf } from '../device/message-id.ts';
import type { ContentOf, Said } from './content.ts';
import { loadConversation } from './conversation.ts';
import type { Undecryptable } from './courier.ts';
import { isIncoming, saidAbout } from './message.ts';
import { applied, appliedKey, type MessageRecord, posted, postedKey, resendGroup, resends } from './records.ts';
import { eraseMessage, loadMessage, saveMessage } from './shelf.ts';
import { UNREAD_MS } from './timer.ts';
import { type Head, newHead, post, type Work } from './work.ts';

/** Per account and hour, asked and answered: a server that spoils letters causes no storm. */
export const RESENDS_PER_HOUR = 10;
const HOUR_MS = 60 * 60 * 1_000;
const MOST_REMEMBERED = 1_000;

/** Asks for a letter again, and shows that one is missing, if it was to last: asking also mends the session. Strangers are not asked. */
export async function askAgain(work: Work, { id, sender, senderDevice, isBrief }: Undecryptable): Promise<void> {
  const own = sender === work.courier.account;
  if (!own && (await loadConversation(work, sender))?.standing !== 'accepted') return;
  if (!own && !isBrief && !(await markUnreadable(work, sender, id))) return;
  if (!(await spend(work, 'asked', sender, `${senderDevice}/${id}`))) return;
  const head = await newHead(work, sender);
  post(work, { ...head, type: 'resend-request', letter: id }, { devices: [senderDevice], newSession: true });
}

/** Says something again to a device that it was said to before, while it is there to be read. */
export async function sayAgain(
  work: Work,
  { from, letter }: ContentOf<'resend-request'>,
  device: number,
): Promise<void> {
  const { ledger, courier } = work;
  const about = await ledger.get(posted, postedKey(letter));
  if (!about || (from !== courier.account && about.conversation !== from)) return;
  const { conversation, author, id } = about;
  const record = author && id ? await loadMessage(ledger, { conversation, author, id }) : undefined;
  const deadline = record?.deadline ?? timeOf(letter) + UNREAD_MS;
  const head = { version: 1 as const, id: letter, from: courier.account, to: conversation };
  const original = record ? saidAbout(record, head) : id === null && (await timerNow(work, head));
  if (!original || (from !== courier.account && !wasSentTo(record, device))) return;
  if (!(await spend(work, 'answered', from, `${device}/${letter}`))) return;
  const again = await newHead(work, from);
  const options = { devices: [device], expires: Math.min(deadline, timeOf(again.id) + UNREAD_MS), urgent: true };
  if (from !== courier.account) return post(work, { ...again, type: 'resent', original }, options);
  post(work, { ...again, type: 'sent', original, deadline: record?.deadline ?? null }, options);
}

/** Whether this device has asked for what is said again: nobody gets something in by repeating what was never said. */
export async function wasAskedFor(work: Work, sender: string, letter: string): Promise<boolean> {
  const asked = await work.ledger.range(resends, { group: resendGroup('asked', sender), limit: MOST_REMEMBERED });
  return asked.some(({ key }) => key.name.endsWith(`/${letter}`));
}

/** What was missing has come. */
export async function closeGap({ ledger, courier }: Work, sender: string, id: string): Promise<void> {
  const place = { conversation: sender, author: sender, id };
  if ((await loadMessage(ledger, place))?.kind !== 'unreadable') return;
  await eraseMessage(ledger, courier, place);
  ledger.delete(applied, appliedKey(place));
}

/** False when it is here already: a copy of it was damaged. */
async function markUnreadable(work: Work, sender: string, id: string): Promise<boolean> {
  const { ledger } = work;
  const place = { conversation: sender, author: sender, id };
  if (await ledger.get(applied, appliedKey(place))) return false;
  await saveMessage(work, place, { kind: 'unreadable', author: sender, id, deadline: timeOf(id) + UNREAD_MS });
  return true;
}

async function timerNow(work: Work, head: Head): Promise<Said | undefined> {
  const timer = (await loadConversation(work, head.to))?.timer;
  return timer && { ...head, type: 'timer', timer };
}

/** Once for each name, and not more than so many an hour. */
async function spend(
  { ledger, time }: Work,
  kind: 'asked' | 'answered',
  account: string,
  name: string,
): Promise<boolean> {
  const group = resendGroup(kind, account);
  const spent = await ledger.range(resends, { group, limit: MOST_REMEMBERED });
  const recent = spent.filter(({ key }) => key.order > time.now - HOUR_MS);
  if (recent.length >= RESENDS_PER_HOUR || spent.some(({ key }) => key.name === name)) return false;
  for (const { key } of spent) if (key.order < time.now - UNREAD_MS) ledger.delete(resends, key);
  ledger.put(resends, { group, order: time.now, name }, true);
  return true;
}

/** A device gets again what it could have had. What has no list of devices (what they wrote, the timer) was for all that are selected. */
function wasSentTo(record: MessageRecord | undefined, device: number): boolean {
  return record?.kind !== 'text' || isIncoming(record) || record.devices.includes(device);
}
