import { ProtocolError } from '../../shared/protocol/errors.ts';
import type { Invites } from '../../shared/store/invites.ts';

/** Decides whether somebody may create an account. */
export interface Doorkeeper {
  /**
   * @returns the invite code that the creation has to use up, if it takes one
   * @throws ProtocolError `admission-refused`
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

export interface JwtRules {
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUrl: string;
}

/** The operator's own login. Loaded only where it is configured: others would pay for `jose` at every cold start. */
export async function byJwt(rules: JwtRules): Promise<Doorkeeper> {
  const { jwtVerifier } = await import('./jwt.ts');
  const verify = jwtVerifier(rules);
  return {
    async admit(credential) {
      if (credential === undefined || !(await verify(credential))) throw new ProtocolError('admission-refused');
      return undefined;
    },
  };
}
