// What time it is, for messages that disappear. No single clock is believed: the device's can be set back, and the server can lie.

/** How far the server may correct the device's clock. The server refuses tickets of devices that are further off. */
const CORRECTION_MS = 5 * 60 * 1_000;

export interface ClockReadings {
  /** The device's clock, milliseconds since 1970. Anybody who has the device can set it. */
  readonly machine: number;
  /** The latest time that was known before, plus what has passed since this run began. */
  readonly floor: number;
  /** The server's word; undefined until it has given it. */
  readonly server: number | undefined;
}

export interface TrustedTime {
  /** What deadlines are set by and messages are erased by. */
  readonly now: number;
  /** What has its deadline before this is not shown. Not before `now`. */
  readonly shown: number;
}

/**
 * - The device's clock is plausible: it counts, and the server corrects it by five minutes at most. What is over by the server's word alone is
 *   hidden but not yet erased, so that a lie destroys nothing.
 * - The device's clock is behind what it was: it was set back. Then the server's time counts, or without it what is known to have passed. This
 *   is also how a clock that was far ahead once gets right again.
 */
export function trustedTime({ machine, floor, server }: ClockReadings): TrustedTime {
  if (machine < floor - CORRECTION_MS) {
    const now = server === undefined ? floor : Math.max(machine, server);
    return { now, shown: now };
  }
  if (server === undefined) return { now: Math.max(machine, floor), shown: Math.max(machine, floor) };
  const now = Math.min(Math.max(server, machine - CORRECTION_MS), machine + CORRECTION_MS);
  return { now, shown: Math.max(now, server) };
}

export interface TimeSources {
  /** Milliseconds since 1970 by the device's clock. */
  machine(): number;
  /** Milliseconds that only grow, from anywhere: `performance.now`. */
  elapsed(): number;
  server(): number | undefined;
}

/** The clock of one run, begun where the one before ended. */
export class TrustedClock {
  readonly #sources: TimeSources;
  readonly #latest: number;
  readonly #began: number;

  /** @param latest what {@link now} was when it was last kept; 0 when it never was */
  constructor(sources: TimeSources, latest: number) {
    this.#sources = sources;
    this.#latest = Math.max(latest, sources.machine());
    this.#began = sources.elapsed();
  }

  read(): TrustedTime {
    const { machine, elapsed, server } = this.#sources;
    const floor = this.#latest + Math.max(0, elapsed() - this.#began);
    const { now, shown } = trustedTime({ machine: machine(), floor, server: server() });
    return { now: Math.floor(now), shown: Math.floor(shown) };
  }
}
