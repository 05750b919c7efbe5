import { createHmac, randomBytes } from 'node:crypto';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/**
 * Credentials as the TURN REST convention makes them.
 *
 * @param expires seconds since 1970
 * @param user what coturn counts the user quota by; a new random one unless it is given
 */
export function credentialsOf(
  secret: string,
  expires: number,
  user: string = randomBytes(16).toString('base64url'),
): Credentials {
  const username = `${expires}:${user}`;
  return { username, password: createHmac('sha1', secret).update(username).digest('base64') };
}
