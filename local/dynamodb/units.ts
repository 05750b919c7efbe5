import type { Units } from '../faults/observation.ts';

type Json = Readonly<Record<string, unknown>>;

const READS: ReadonlySet<string> = new Set(['GetItem', 'BatchGetItem', 'Query', 'Scan', 'TransactGetItems']);

/**
 * Capacity units of a request, from the numbers in its answer. The emulator gives none for a request that fails: a failed condition costs a write as
 * well, counted here as the least that it can cost.
 */
export function unitsOf(operation: string, answer: Json, failure: string | undefined, members: number): Units {
  const units = failure === undefined ? sum(answer.ConsumedCapacity) : failedUnits(failure, members);
  return READS.has(operation) ? { read: units, write: 0 } : { read: 0, write: units };
}

function failedUnits(failure: string, members: number): number {
  if (failure === 'ConditionalCheckFailedException') return 1;
  // Both phases of a transaction are charged even when it is cancelled.
  return failure === 'TransactionCanceledException' ? 2 * members : 0;
}

function sum(consumed: unknown): number {
  return [consumed].flat().reduce<number>((total, part) => {
    if (typeof part !== 'object' || part === null || !('CapacityUnits' in part)) return total;
    return total + Number(part.CapacityUnits);
  }, 0);
}
