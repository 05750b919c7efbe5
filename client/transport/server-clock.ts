import type { Platform } from './platform.ts';

/** The protocol has no later time: a lie about the clock must not make tickets that cannot be written. */
const LATEST = 8_640_000_000_000;

/** The server's clock as far as it is known. The server can lie about it: nothing may be deleted early or kept long on its word alone. */
export class ServerClock {
  /** Called whenever the server has said a time. */
  onLearned: () => void = () => {};
  readonly #platform: Pick<Platform, 'now'>;
  #offset: number | undefined;

  constructor(platform: Pick<Platform, 'now'>) {
    this.#platform = platform;
  }

  /** Milliseconds since 1970; the machine's own clock until the server has said a time. */
  now(): number {
    return this.known() ?? Math.round(this.#platform.now());
  }

  /** Milliseconds since 1970; undefined until the server has said a time. */
  known(): number | undefined {
    if (this.#offset === undefined) return undefined;
    const now = Math.round(this.#platform.now() + this.#offset);
    return Math.min(Math.max(now, 0), LATEST);
  }

  /** @param time the server's, from an answer to a request that was sent at `sentAt` by the machine's clock */
  learn(time: number, sentAt: number): void {
    this.#offset = time - (sentAt + this.#platform.now()) / 2;
    this.onLearned();
  }
}
