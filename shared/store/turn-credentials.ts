import { createHmac, randomBytes } from 'node:crypto';
import { RELAY_CREDENTIALS_MS } from '../protocol/limits.ts';
import { epochSeconds } from './items.ts';

/** A right to use a relay until `expires`, milliseconds since 1970. */
export interface TurnCredentials {
  readonly username: string;
  readonly password: string;
  readonly expires: number;
}

/**
 * New credentials for ten minutes, as TURN servers with a shared secret check them (draft-uberti-behave-turn-rest-00): the user name
 * begins with its own end in epoch seconds, and the password is the base64 of HMAC-SHA-1 over it. What follows the colon is random:
 * the relay counts allocations by it, and learns of no account.
 */
export function turnCredentials(secret: string, now: number): TurnCredentials {
  const end = epochSeconds(now + RELAY_CREDENTIALS_MS);
  const username = `${end}:${randomBytes(16).toString('base64url')}`;
  return { username, password: turnPassword(secret, username), expires: end * 1000 };
}

/** What a TURN server with this secret expects of this user name. */
export function turnPassword(secret: string, username: string): string {
  return createHmac('sha1', secret).update(username).digest('base64');
}
