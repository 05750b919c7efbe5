// What the views in a message say about the server: two people who hold the same account must hold the same list.

import { constantTimeEqual } from '../../shared/protocol/bytes.ts';
import type { AccountBook } from './account-book.ts';
import { hashAt, type KnownAccount } from './known-account.ts';
import type { ListFetcher } from './list-fetcher.ts';
import type { Notice } from './notice.ts';
import type { View, Views } from './views.ts';

export interface ViewParts {
  readonly book: AccountBook;
  readonly fetcher: ListFetcher;
}

/** A device whose message was authentic. */
export interface Sender {
  readonly account: string;
  readonly device: number;
}

/**
 * Holds what a message says about the two accounts' lists against what this device holds.
 *
 * @param own the account of this device
 * @returns an alarm that this account's other devices must hear of as well, if there is one
 */
export async function judgeViews(
  own: string,
  sender: Sender,
  { from, to, alarm }: Views,
  parts: ViewParts,
): Promise<Views['alarm']> {
  const isOwnDevice = sender.account === own;
  await judgeSenderView(sender.account, from, parts);
  if (isOwnDevice && alarm) await tellStrange(own, alarm, parts);
  return isOwnDevice ? undefined : judgeOwnView(own, sender, to, parts);
}

/** The sender's word on its own account. */
async function judgeSenderView(account: string, claim: View, { book, fetcher }: ViewParts): Promise<void> {
  const { sequence } = claim;
  // An authenticated device of the account knows better than the server tells: nothing goes to a list that is known to be old. Noted first,
  // so that no failure to ask can make it forgotten; it is over as soon as the list is there.
  await book.note(account, (known) => ({ ...known, named: Math.max(known.named, sequence) }));
  const known = await upTo(account, sequence, { book, fetcher });
  if (!known) return;
  if (known.pinned.content.sequence < sequence) return book.tell({ kind: 'withheld', account, sequence });
  if (contradicts(known, claim)) {
    await book.tell({ kind: 'split-view', account, ...claim, evidence: [known.pinned.list] });
  }
}

/** The sender's word on this account: a list that this account did not sign, or that this device is not shown. */
async function judgeOwnView(own: string, by: Sender, claim: View, parts: ViewParts): Promise<Views['alarm']> {
  const known = await upTo(own, claim.sequence, parts);
  if (!known) return undefined;
  const isStrange = known.pinned.content.sequence < claim.sequence || contradicts(known, claim);
  if (!isStrange) return undefined;
  const alarm = { ...claim, by: by.account, device: by.device };
  await tellStrange(own, alarm, parts);
  return alarm;
}

function tellStrange(own: string, alarm: NonNullable<Views['alarm']>, { book }: ViewParts): Promise<void> {
  const notice: Notice = { kind: 'strange-own-list', account: own, ...alarm };
  return book.tell(notice);
}

/** Undefined when the server could not be asked: then nothing is known about what it withholds, and the next message says the same again. */
async function upTo(
  account: string,
  sequence: number,
  { book, fetcher }: ViewParts,
): Promise<KnownAccount | undefined> {
  const known = await book.get(account);
  if (!known || known.pinned.content.sequence >= sequence) return known;
  return fetcher.refresh({ account }).catch(() => undefined);
}

/** Of a list too old to be remembered nothing can be said. */
function contradicts(known: KnownAccount, { sequence, hash }: View): boolean {
  const held = hashAt(known, sequence);
  return held !== undefined && !constantTimeEqual(held, hash);
}
