import { createHash } from 'node:crypto';
import { ProtocolError } from '../../shared/protocol/errors.ts';
import type { Invites } from '../../shared/store/invites.ts';
import type { RateLimits } from '../../shared/store/rate-limits.ts';
import { requireRate } from '../rate.ts';
import type { JwtRules } from './jwt.ts';

/** Decides whether somebody may create an account. */
export interface Doorkeeper {
  /**
   * @returns the invite code that the creation has to use up, if it takes one
   * @throws ProtocolError `admission-refused`, `rate-limited`
   */
  admit(credential: string | undefined): Promise<string | undefined>;
}

export const openDoor: Doorkeeper = {
  admit: async () => undefined,
};

/** Looking first spares a transaction; the transaction decides. */
export function byInvite(invites: Invites): Doorkeeper {
  return {
    async admit(credential) {
      if (credential === undefined || !(await invites.isValid(credential)))
        throw new ProtocolError('admission-refused');
      return credential;
    },
  };
}

/**
 * The operator's own login. A token is good until it expires, so what one login may create is counted, under a hash of its subject.
 * Loaded only where it is configured: others would pay for `jose` at every cold start.
 */
export async function byJwt(rules: JwtRules, limits: RateLimits): Promise<Doorkeeper> {
  const { jwtVerifier } = await import('./jwt.ts');
  const verify = jwtVerifier(rules);
  return {
    async admit(credential) {
      const subject = credential === undefined ? undefined : await verify(credential);
      if (subject === undefined) throw new ProtocolError('admission-refused');
      await requireRate(limits, 'login', createHash('sha256').update(subject).digest('base64url'));
      return undefined;
    },
  };
}
