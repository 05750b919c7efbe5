// Receipts: who wrote learns that it arrived and was read, if the reader wants that. In batches and after a while, so that their timing says little.

import { type ContentOf, NAMED_MESSAGES } from './content.ts';
import { loadConversation } from './conversation.ts';
import { receipted } from './message.ts';
import { hashOf } from './payload.ts';
import { type OwedReceipt, type Place, receipts, type TextMessage } from './records.ts';
import { loadSettings } from './settings.ts';
import { loadMessage, saveMessage } from './shelf.ts';
import { newHead, post, type Work } from './work.ts';

/** Receipts wait this long, and up to three times as long by chance. */
export const RECEIPT_DELAY_MS = 2_000;
const MOST_AT_A_TIME = 1_000;

/** Owes a receipt to an accepted contact. A stranger gets none, and nothing but a message that is really there has one. */
export async function oweReceipt(
  work: Work,
  place: Place,
  message: TextMessage,
  kind: OwedReceipt['kind'],
): Promise<void> {
  if (!(await isWanted(work, place.conversation, kind))) return;
  const { id } = place;
  work.ledger.put(
    receipts,
    { group: place.conversation, name: `${kind}/${id}` },
    { kind, id, hash: hashOf(message.original) },
  );
}

/** Posts what is owed, in one letter for each kind and conversation, or more where there are many. */
export async function postReceipts(work: Work): Promise<void> {
  const owed = await work.ledger.range(receipts, { limit: MOST_AT_A_TIME });
  for (const { key } of owed) work.ledger.delete(receipts, key);
  for (const [name, batch] of Map.groupBy(owed, ({ key, value }) => `${value.kind}/${key.group}`)) {
    const kind = name.startsWith('read') ? 'read' : 'delivered';
    const to = batch[0]?.key.group ?? '';
    if (!(await isWanted(work, to, kind))) continue;
    for (let from = 0; from < batch.length; from += NAMED_MESSAGES) {
      const messages = batch.slice(from, from + NAMED_MESSAGES).map(({ value: { id, hash } }) => ({ id, hash }));
      post(work, { ...(await newHead(work, to)), type: 'receipt', kind, messages });
    }
  }
}

/** What the other side says about messages of this account. What it cannot know about is not answered. */
export async function applyReceipt(work: Work, { from, kind, messages }: ContentOf<'receipt'>): Promise<void> {
  const { ledger, courier } = work;
  for (const { id, hash } of messages) {
    const place = { conversation: from, author: courier.account, id };
    const record = await loadMessage(ledger, place);
    if (record?.kind !== 'text' || hashOf(record.original) !== hash) continue;
    const next = receipted(record, kind);
    if (next !== record) await saveMessage(work, place, next);
  }
}

async function isWanted(work: Work, account: string, kind: OwedReceipt['kind']): Promise<boolean> {
  const { deliveryReceipts, readReceipts } = await loadSettings(work);
  if (!(kind === 'read' ? readReceipts : deliveryReceipts)) return false;
  return (await loadConversation(work, account))?.standing === 'accepted';
}
