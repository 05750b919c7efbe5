import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import type { Item } from './items.ts';
import { besideTransactions } from './retry.ts';

/** How a conditional write ended. `existing` is what stood in its way, when the command asked for it (ALL_OLD). */
export type Outcome<T> =
  | { readonly written: true; readonly output: T }
  | { readonly written: false; readonly existing?: Item };

/**
 * Sends one conditional write. A failed condition is an answer, not an error; anything else is thrown. Collisions with transactions
 * are tried again.
 */
export async function conditionally<T>(write: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { written: true, output: await besideTransactions(write) };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return error.Item ? { written: false, existing: error.Item } : { written: false };
  }
}
