const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** Every wait and bound of the transport. Milliseconds, unless the name says otherwise. */
export const TIMINGS = {
  /** For a connection to open: a cold authorizer and a cold `$connect` take seconds. */
  connect: 15 * SECOND,
  /** For an answer: API Gateway gives up on a function after 29 s. */
  request: 35 * SECOND,
  /** Without a frame either way before a ping: API Gateway ends a connection that is idle for ten minutes. */
  idle: 4 * MINUTE,
  /** For anything at all to arrive after a ping, before the connection counts as dead. */
  pong: 15 * SECOND,
  /** Age at which a connection is replaced, less up to a tenth by chance, so that devices that came together do not go together. The limit is two hours. */
  replace: 110 * MINUTE,
  /** Between reminders to pull: a push may be lost. */
  pull: 15 * MINUTE,
  /** Upper bound of the first wait before connecting again; it doubles with every failure. */
  backoffBase: 2 * SECOND,
  backoffCap: MINUTE,
  /** A connection that lived shorter counts as a failure: one that opens and drops must not be a busy loop. */
  stable: 30 * SECOND,
  /** Requests that may wait for an answer at a time: a full queue sent at once would time itself out. */
  inFlight: 16,
  /** Requests that may wait for their turn. What must survive the program belongs into storage, not here. */
  waiting: 1_000,
  /** How often a request is sent when the server answers `unavailable`, `internal` or nothing. */
  attempts: 8,
  /** How often in a row a refusal that a new ticket should mend may come back. */
  sameRefusals: 3,
} as const;

export type Timings = { readonly [Name in keyof typeof TIMINGS]: number };

/** "Full jitter": anything from nothing to the bound, which doubles with each failure up to the cap. */
export function backoff(failures: number, random: number, timings: Timings): number {
  return random * Math.min(timings.backoffCap, timings.backoffBase * 2 ** failures);
}
