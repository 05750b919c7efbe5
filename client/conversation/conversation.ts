// What is known of somebody: whether they may write, and the timer that both use.

import type { ContentOf } from './content.ts';
import { type ConversationRecord, conversations } from './records.ts';
import { changedTimer, mergedTimer, NO_TIMER, type Timer, type TimerSeconds } from './timer.ts';
import { newHead, post, type Work } from './work.ts';

/** Why something cannot be done in a conversation. */
export type ConversationErrorCode =
  | 'blocked'
  | 'unknown-conversation'
  | 'unknown-message'
  | 'not-allowed'
  | 'invalid-content'
  | 'closed';

export class ConversationError extends Error {
  override readonly name = 'ConversationError';
  readonly code: ConversationErrorCode;

  constructor(code: ConversationErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

export function loadConversation({ ledger }: Work, account: string): Promise<ConversationRecord | undefined> {
  return ledger.get(conversations, { group: account });
}

export function saveConversation({ ledger }: Work, record: ConversationRecord): void {
  ledger.put(conversations, { group: record.account }, record);
  ledger.touched.add(record.account);
}

export function newConversation(account: string, standing: ConversationRecord['standing']): ConversationRecord {
  return { account, standing, revision: 0, timer: NO_TIMER, mutedUntil: 0, draft: null };
}

/** Conversations that a person takes part in. Writing to somebody accepts them. @throws ConversationError blocked */
export async function writableConversation(work: Work, account: string): Promise<ConversationRecord> {
  if (account === work.courier.account) throw new ConversationError('not-allowed', 'this is the own account');
  const record = await loadConversation(work, account);
  if (record?.standing === 'blocked') throw new ConversationError('blocked', 'this account is blocked');
  return record?.standing === 'accepted' ? record : decide(work, account, 'accepted');
}

/** What another own device did in a conversation shows that it was accepted there. */
export async function takePart(work: Work, account: string): Promise<void> {
  const record = await loadConversation(work, account);
  if (!record) saveConversation(work, newConversation(account, 'accepted'));
  else if (record.standing === 'request') saveConversation(work, { ...record, standing: 'accepted' });
}

/** A person's decision, which all own devices follow. */
export async function decide(
  work: Work,
  account: string,
  standing: 'accepted' | 'blocked',
): Promise<ConversationRecord> {
  const before = (await loadConversation(work, account)) ?? newConversation(account, 'request');
  const record = { ...before, standing, revision: before.revision + 1 };
  saveConversation(work, record);
  const head = await newHead(work, work.courier.account);
  post(work, { ...head, type: 'standing', conversation: account, standing, revision: record.revision });
  return record;
}

/** Another own device's decision. Of two that were made at once, blocking counts. */
export async function follow(work: Work, { conversation, standing, revision }: ContentOf<'standing'>): Promise<void> {
  if (conversation === work.courier.account) return;
  const record = (await loadConversation(work, conversation)) ?? newConversation(conversation, 'request');
  if (revision < record.revision || (revision === record.revision && standing === 'accepted')) return;
  saveConversation(work, { ...record, standing, revision });
}

/** A person's change of the timer. */
export async function setTimer(work: Work, account: string, seconds: TimerSeconds): Promise<ContentOf<'timer'>> {
  const record = await writableConversation(work, account);
  const timer = changedTimer(record.timer, seconds);
  saveConversation(work, { ...record, timer });
  return { ...(await newHead(work, account)), type: 'timer', timer };
}

/** A timer that came with a message or by itself, from either side. */
export async function learnTimer(work: Work, account: string, timer: Timer): Promise<void> {
  const record = await loadConversation(work, account);
  if (!record) return;
  const merged = mergedTimer(record.timer, timer);
  if (merged !== record.timer) saveConversation(work, { ...record, timer: merged });
}
