import { setTimeout as wait } from 'node:timers/promises';

const ATTEMPTS = 5;
const FIRST_WAIT_MS = 20;

/** The store did not do it in time although it was asked again; nobody knows whether a single request was carried out. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';
}

/**
 * Runs `attempt` until it is not to be repeated: at most five times, with full jitter below 20, 40, 80 and 160 ms in between, because
 * whoever collided would collide again in step. @throws the error of the last attempt
 */
export async function withRetries<T>(attempt: () => Promise<T>, repeatable: (error: unknown) => boolean): Promise<T> {
  for (let made = 1; ; made++) {
    try {
      return await attempt();
    } catch (error) {
      if (made === ATTEMPTS || !repeatable(error)) throw error;
      await wait(Math.random() * FIRST_WAIT_MS * 2 ** (made - 1));
    }
  }
}

/** For a single write to an item that transactions write as well: DynamoDB refuses it while one is under way, and the SDK does not repeat it. */
export function besideTransactions<T>(write: () => Promise<T>): Promise<T> {
  return withRetries(write, (error) => nameOf(error) === 'TransactionConflictException');
}

const TRANSIENT_NAMES = new Set([
  'UnavailableError',
  'TransactionConflictException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'TooManyRequestsException',
  'LimitExceededException',
  'InternalServerError',
  'ServiceUnavailable',
  'TimeoutError',
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
]);

/** True for what a client should repeat later; false for what stays wrong (no right, no table, a defect). */
export function isTransient(error: unknown): boolean {
  if (TRANSIENT_NAMES.has(nameOf(error))) return true;
  if (typeof error !== 'object' || error === null) return false;
  if ('code' in error && typeof error.code === 'string' && TRANSIENT_NAMES.has(error.code)) return true;
  return '$fault' in error && error.$fault === 'server';
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}
