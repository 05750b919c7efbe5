// A message and everything that can happen to it, as pure functions: any order of events, and any of them twice, ends in the same message.

import { timeOf } from '../device/message-id.ts';
import type { Change, Said, Target, Written } from './content.ts';
import type { Accepted, Refused } from './courier.ts';
import { hashOf } from './payload.ts';
import type { MessageRecord, Proof, TextMessage } from './records.ts';
import { deadlineAfter, earlier, unreadDeadline } from './timer.ts';
import type { Head } from './work.ts';

/** How long after writing a text its author may still change it. Taking it back is always possible. */
export const EDIT_MS = 24 * 60 * 60 * 1_000;

/** Progress of a message that went out; what comes late does not undo what came before it. */
const PROGRESS: readonly TextMessage['state'][] = ['sending', 'failed', 'sent', 'delivered', 'read'];

export function incomingMessage(original: Written, proof: Proof): TextMessage {
  return { ...newMessage(original), state: 'unread', proof };
}

export function outgoingMessage(original: Written): TextMessage {
  return { ...newMessage(original), state: 'sending' };
}

/** What another device of the own account has sent. */
export function syncedMessage(original: Written, deadline: number | null): TextMessage {
  return { ...newMessage(original), state: 'sent', deadline };
}

/** The message after a change that its sender may make, or undefined: somebody else's text, a change that is older than the one there is, or of nothing. */
export function changed(record: MessageRecord, change: Change): MessageRecord | undefined {
  const author = authorOf(record);
  if (change.type !== 'reaction' && change.from !== author) return undefined;
  if (change.type === 'delete') return record.kind === 'text' ? takenBack(record) : undefined;
  if (record.kind !== 'text') return undefined;
  if (change.type === 'edit') {
    const age = timeOf(change.id) - timeOf(record.original.id);
    if (age < 0 || age > EDIT_MS || (record.edit && record.edit.id >= change.id)) return undefined;
    return { ...record, edit: { id: change.id, text: change.text } };
  }
  const { from: by, id, emoji } = change;
  const before = record.reactions.find((reaction) => reaction.by === by);
  if (before && before.id >= id) return undefined;
  const others = record.reactions.filter((reaction) => reaction !== before);
  return { ...record, reactions: [...others, { by, id, emoji }] };
}

/** The server has it for every device: the sender's timer starts. */
export function accepted(record: TextMessage, { devices }: Pick<Accepted, 'devices'>, now: number): TextMessage {
  const deadline = deadlineAfter(record.original.timer, now);
  return { ...progressed(record, 'sent'), deadline, devices: [...devices], refusal: null };
}

/** It will not be sent. It goes like one that was: nobody is waiting for it. */
export function refused(record: TextMessage, { reason }: Pick<Refused, 'reason'>, now: number): TextMessage {
  const deadline = deadlineAfter(record.original.timer, now);
  return { ...progressed(record, 'failed'), deadline, refusal: reason };
}

/** The other side has it, or has read it. */
export function receipted(record: TextMessage, kind: 'delivered' | 'read'): TextMessage {
  return isIncoming(record) ? record : progressed(record, kind);
}

/** Somebody has read it at `now`: the reader's timer starts. */
export function read(record: TextMessage, now: number): TextMessage {
  if (record.state !== 'unread') return record;
  return { ...record, state: 'seen', deadline: deadlineAfter(record.original.timer, now) };
}

/** Another device of the reader has read it, and told when it goes. Of two that read it at once, the earlier one counts. */
export function readElsewhere(record: TextMessage, deadline: number | null): TextMessage {
  if (!isIncoming(record)) return record;
  const first = record.state === 'unread';
  return { ...record, state: 'seen', deadline: first ? deadline : earlier(record.deadline, deadline) };
}

export const isIncoming = ({ state }: TextMessage): boolean => state === 'unread' || state === 'seen';
export const isUnread = (record: MessageRecord): boolean =>
  (record.kind === 'text' || record.kind === 'call') && record.state === 'unread';
export const authorOf = (record: MessageRecord): string =>
  record.kind === 'text' ? record.original.from : record.author;

/** What the letter with this head said about the message, as far as it still holds; undefined when it has gone or something newer took its place. */
export function saidAbout(record: MessageRecord, head: Head): Said | undefined {
  if (record.kind === 'unreadable' || record.kind === 'call') return undefined;
  if (record.kind === 'deleted') {
    const { author, id, hash } = record;
    return author === head.from ? { ...head, type: 'delete', target: { author, id, hash } } : undefined;
  }
  const { original, edit, reactions } = record;
  if (original.id === head.id && original.from === head.from) return original;
  const target = targetOf(original);
  if (edit?.id === head.id) return { ...head, type: 'edit', target, text: edit.text };
  const reaction = reactions.find(({ by, id }) => by === head.from && id === head.id);
  return reaction && { ...head, type: 'reaction', target, emoji: reaction.emoji };
}

export function targetOf(original: Written): Target {
  return { author: original.from, id: original.id, hash: hashOf(original) };
}

function newMessage(original: Written): Omit<TextMessage, 'state'> {
  const deadline = unreadDeadline(original.timer, timeOf(original.id));
  return { kind: 'text', original, refusal: null, deadline, edit: null, reactions: [], devices: [], proof: null };
}

/** Nothing of it stays but that it was there. */
function takenBack({ original, deadline }: TextMessage): MessageRecord {
  return { kind: 'deleted', author: original.from, id: original.id, hash: hashOf(original), deadline };
}

function progressed(record: TextMessage, to: TextMessage['state']): TextMessage {
  const from = PROGRESS.indexOf(record.state);
  return from < PROGRESS.indexOf(to) ? { ...record, state: to } : record;
}
