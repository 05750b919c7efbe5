// What only a person decides. Each names what the person was looking at, so that what changed meanwhile is not decided by the way.

import { constantTimeEqual } from '../../shared/protocol/bytes.ts';
import type { AccountBook } from './account-book.ts';

/** The person has seen that the account key was replaced by `accountKey`. A verified contact stays blocked until it is verified again. */
export function acknowledgeAccountKey(book: AccountBook, account: string, accountKey: Uint8Array): Promise<void> {
  return book.note(account, (known) => ({
    ...known,
    acknowledgedKey: constantTimeEqual(known.pinned.content.accountKey, accountKey)
      ? accountKey
      : known.acknowledgedKey,
  }));
}

/** The person has compared the safety number, or scanned the code, for `accountKey`. */
export function markVerified(book: AccountBook, account: string, accountKey: Uint8Array): Promise<void> {
  return book.note(account, (known) => {
    if (!constantTimeEqual(known.pinned.content.accountKey, accountKey)) return known;
    return { ...known, acknowledgedKey: accountKey, verifiedKey: accountKey };
  });
}

/** The person does not hold the contact for verified any more. A changed key still has to be acknowledged. */
export function withdrawVerification(book: AccountBook, account: string): Promise<void> {
  return book.note(account, (known) => ({ ...known, verifiedKey: null }));
}

/** The person has seen the evidence of an attack and goes on with the pinned list. */
export function goOnAfterAttack(book: AccountBook, account: string): Promise<void> {
  return book.note(account, (known) => ({ ...known, alarm: null }));
}
