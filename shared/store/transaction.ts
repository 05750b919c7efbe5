import {
  type DynamoDBClient,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { UnavailableError, withRetries } from './retry.ts';

/** One write of a transaction, and what its condition failing means. */
export interface Step<Refusal extends string> {
  readonly write: TransactWriteItem;
  readonly refusal: Refusal;
}

/** Reasons for which the same transaction may succeed a moment later. */
const PASSING = new Set([
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
  'RequestLimitExceeded',
]);

/**
 * Does all the writes or none. Undefined when they are done, otherwise the refusal of the first step (in the order given) whose
 * condition failed. Collisions with other transactions are tried again.
 *
 * @throws UnavailableError when it kept colliding; then nothing was written
 */
export async function transact<Refusal extends string>(
  dynamo: DynamoDBClient,
  steps: readonly Step<Refusal>[],
): Promise<Refusal | undefined> {
  const command = { TransactItems: steps.map((step) => step.write) };
  try {
    await withRetries(() => dynamo.send(new TransactWriteItemsCommand(command)), hasPassed);
    return undefined;
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) throw error;
    const failed = codesOf(error).indexOf('ConditionalCheckFailed');
    const step = steps[failed];
    if (step) return step.refusal;
    throw hasPassed(error) ? new UnavailableError('transaction kept colliding') : error;
  }
}

/** A failed condition is final even if another item collided: the state that it names will not come back. */
function hasPassed(error: unknown): boolean {
  if (!(error instanceof TransactionCanceledException)) return false;
  const codes = codesOf(error).filter((code) => code !== 'None');
  return codes.length > 0 && codes.every((code) => PASSING.has(code));
}

function codesOf(error: TransactionCanceledException): string[] {
  return (error.CancellationReasons ?? []).map((reason) => reason.Code ?? 'None');
}
