import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { UnavailableError } from '../../shared/store/retry.ts';

/** Whose tokens admit, and where the keys that sign them are. */
export interface JwtRules {
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUrl: string;
}

/** Signatures only: a shared secret (HS256) would make whoever verifies able to issue. */
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'];
const TIMEOUT_MS = 3_000;

/**
 * Checks tokens of an issuer: signature by a key of its set, issuer, audience, and an expiry that has not passed. Keys are fetched when a
 * token names one that is not known, at most every 30 seconds.
 *
 * @returns a function that gives the subject of a valid token, and undefined for any other
 * @throws UnavailableError (from the returned function) when the key set cannot be had
 */
export function jwtVerifier({ issuer, audience, jwksUrl }: JwtRules): (token: string) => Promise<string | undefined> {
  const keys = createRemoteJWKSet(new URL(jwksUrl), { timeoutDuration: TIMEOUT_MS });
  return async (token) => {
    try {
      const rules = { issuer, audience, algorithms: ALGORITHMS, requiredClaims: ['exp', 'sub'] };
      return (await jwtVerify(token, keys, rules)).payload.sub;
    } catch (error) {
      if (isRefusal(error)) return undefined;
      throw new UnavailableError('key set');
    }
  };
}

/** What is wrong with the token itself; anything else is the network's or the issuer's trouble. */
function isRefusal(error: unknown): boolean {
  return (
    error instanceof errors.JWTClaimValidationFailed ||
    error instanceof errors.JWTExpired ||
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSEAlgNotAllowed ||
    error instanceof errors.JOSENotSupported
  );
}
