import { DatabaseSync } from 'node:sqlite';

/** Where it is in the relay's folder. */
export const USER_DATABASE = 'turndb';

/** coturn's tables with the columns that it asks for. They stay empty: there are no users but those with credentials. */
const TABLES = [
  'turn_secret (realm, value)',
  'turnusers_lt (realm, name, hmackey)',
  'allowed_peer_ip (realm, ip_range)',
  'denied_peer_ip (realm, ip_range)',
  'turn_origin_to_realm (origin, realm)',
  'turn_realm_option (realm, opt, value)',
  'oauth_key (kid, ikm_key, timestamp, lifetime, as_rs_alg, realm)',
  'admin_user (name, realm, password)',
];

/**
 * Writes the database that coturn looks into for more secrets before it admits anybody. Left to itself coturn makes it with its first requests, from several threads at once;
 * whoever comes meanwhile is refused (401) because it is locked, or not complete.
 */
export function writeUserDatabase(path: string): void {
  const database = new DatabaseSync(path);
  try {
    for (const table of TABLES) database.exec(`CREATE TABLE ${table}`);
  } finally {
    database.close();
  }
}
