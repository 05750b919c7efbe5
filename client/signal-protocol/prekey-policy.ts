// When prekeys are made, replaced and forgotten (PQXDH section 3.2 leaves the intervals to the application).

const DAY_MS = 24 * 60 * 60 * 1000;

/** Age at which the signed prekey and the last-resort KEM prekey are replaced. */
export const ROTATION_MS = 2 * DAY_MS;

/**
 * How long a replaced prekey is kept for handshakes under way: a message waits at the server for up to 14 days, and may have
 * been made from a bundle fetched some days earlier. After that, whoever takes the device cannot open old handshakes.
 */
export const RETENTION_MS = 30 * DAY_MS;

/** One-time prekeys made at once, and the number at the server below which more are made. */
export const BATCH_SIZE = 100;
export const REFILL_BELOW = 25;

/** What the device knows about its prekeys. Times in milliseconds since 1970; undefined: there is none yet. */
export interface PreKeyStock {
  readonly signedPreKeyCreatedAt: number | undefined;
  readonly lastResortCreatedAt: number | undefined;
  /** Left at the server, by its word: it can only make us generate too many or too few. */
  readonly oneTimePreKeys: number;
  readonly oneTimeKyberPreKeys: number;
}

export interface PreKeyDuties {
  readonly rotateSignedPreKey: boolean;
  readonly rotateLastResort: boolean;
  readonly generatePreKeys: number;
  readonly generateKyberPreKeys: number;
}

export function preKeyDuties(stock: PreKeyStock, now: number): PreKeyDuties {
  return {
    rotateSignedPreKey: isDue(stock.signedPreKeyCreatedAt, now),
    rotateLastResort: isDue(stock.lastResortCreatedAt, now),
    generatePreKeys: missing(stock.oneTimePreKeys),
    generateKyberPreKeys: missing(stock.oneTimeKyberPreKeys),
  };
}

/**
 * Which of the signed or last-resort prekeys are to be deleted: all past their retention, but never the newest one, which
 * peers are still being handed.
 */
export function expiredPreKeys<R extends { readonly createdAt: number }>(records: readonly R[], now: number): R[] {
  const newest = Math.max(...records.map((record) => record.createdAt));
  return records.filter((record) => record.createdAt !== newest && now - record.createdAt > ROTATION_MS + RETENTION_MS);
}

/** A clock that was set back must not stop rotation: a time in the future counts as due. */
function isDue(createdAt: number | undefined, now: number): boolean {
  return createdAt === undefined || now - createdAt >= ROTATION_MS || createdAt > now;
}

function missing(left: number): number {
  return left < REFILL_BELOW ? BATCH_SIZE - left : 0;
}
