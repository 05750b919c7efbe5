// Strangers: what they write lies in a box of its own until a person decides, and there is not much room in it.

import type { PeerContent } from './content.ts';
import { loadConversation, newConversation, saveConversation } from './conversation.ts';
import { conversations, messages } from './records.ts';
import { loadMessage } from './shelf.ts';
import type { Work } from './work.ts';

/** Messages of one stranger, and strangers, that are kept; what is over it is dropped. */
export const REQUEST_MESSAGES = 20;
export const REQUESTS = 100;
const MOST_CONVERSATIONS = 10_000;

/**
 * Whether content of somebody else is taken in. A stranger's first text opens a request. So does a timer, which shows nothing: it may be from
 * somebody whom another own device has accepted a moment ago.
 */
export async function isAdmitted(work: Work, content: PeerContent): Promise<boolean> {
  const record = await loadConversation(work, content.from);
  if (record?.standing === 'accepted') return true;
  if (record?.standing === 'blocked') return false;
  if (content.type === 'timer') return record !== undefined || openRequest(work, content.from);
  if (content.type === 'text') return record ? hasRoom(work, content.from) : openRequest(work, content.from);
  if (content.type !== 'edit' && content.type !== 'delete') return false;
  const { author, id } = content.target;
  return (await loadMessage(work.ledger, { conversation: content.from, author, id })) !== undefined;
}

async function hasRoom({ ledger }: Work, account: string): Promise<boolean> {
  const kept = await ledger.range(messages, { group: account, limit: REQUEST_MESSAGES });
  return kept.length < REQUEST_MESSAGES;
}

async function openRequest(work: Work, account: string): Promise<boolean> {
  const all = await work.ledger.range(conversations, { limit: MOST_CONVERSATIONS });
  if (all.filter(({ value }) => value.standing === 'request').length >= REQUESTS) return false;
  saveConversation(work, newConversation(account, 'request'));
  return true;
}
