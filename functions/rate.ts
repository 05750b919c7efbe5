import { ProtocolError } from '../shared/protocol/errors.ts';
import type { Purpose, RateLimits } from '../shared/store/rate-limits.ts';

/** For limits of the whole deployment. */
export const EVERYBODY = 'all';

/** @throws ProtocolError `rate-limited` with the time to wait */
export async function requireRate(limits: RateLimits, purpose: Purpose, who: string, cost = 1): Promise<void> {
  const retryAfter = await limits.use(purpose, who, cost);
  if (retryAfter !== undefined) throw new ProtocolError('rate-limited', { retryAfter });
}
