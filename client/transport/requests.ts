import type { ActionName, ReplyOf } from '../../shared/protocol/actions.ts';
import { ProtocolError } from '../../shared/protocol/errors.ts';
import type { Connection, FieldsOf } from './connection.ts';
import type { Platform } from './platform.ts';
import { backoff, type Timings } from './timings.ts';
import { TransportError } from './transport-error.ts';

export interface RequestOptions {
  /** Give up waiting. The request may be carried out all the same. */
  readonly signal?: AbortSignal;
  /** Default true: wait for a connection, and repeat what got no answer. False: one attempt, now. */
  readonly wait?: boolean;
}

export interface RequestsOptions {
  readonly platform: Platform;
  readonly timings: Timings;
  /** The connection to send on now. */
  readonly connection: () => Connection | undefined;
  readonly onNotCurrent: (connection: Connection) => void;
}

/** Requests that outlive connections: every action is safe to repeat, so what got no answer is sent again until it has one. */
export class Requests {
  readonly #options: RequestsOptions;
  readonly #waiting = new Set<PromiseWithResolvers<void>>();
  #inFlight = 0;
  #life = new AbortController();

  constructor(options: RequestsOptions) {
    this.#options = options;
  }

  /** @throws ProtocolError, TransportError, or the reason of the caller's signal */
  async request<Name extends ActionName>(
    name: Name,
    fields: FieldsOf<Name>,
    { signal, wait = true }: RequestOptions = {},
  ): Promise<ReplyOf<Name>> {
    const end = signal ? AbortSignal.any([this.#life.signal, signal]) : this.#life.signal;
    for (let unanswered = 0; ; ) {
      const connection = await this.#turn(wait, end);
      try {
        return await until(end, connection.request(name, fields));
      } catch (error) {
        if (isNotCurrent(error)) this.#options.onNotCurrent(connection);
        else if (isUncertain(error)) unanswered += 1;
        else throw error;
        if (!wait || unanswered === this.#options.timings.attempts) throw error;
      } finally {
        this.#inFlight -= 1;
        this.flush();
      }
      // After a lost connection it is the next one that is waited for.
      if (unanswered > 0 && this.#options.connection()) await this.#pause(unanswered, end);
    }
  }

  /** Lets requests go that wait for a connection or for others to be answered. */
  flush(): void {
    for (const turn of this.#waiting) {
      if (!this.#isFree()) return;
      this.#waiting.delete(turn);
      this.#inFlight += 1;
      turn.resolve();
    }
  }

  /** Fails all requests there are. Later ones wait again. */
  fail(error: TransportError): void {
    this.#life.abort(error);
    this.#life = new AbortController();
  }

  async #turn(wait: boolean, end: AbortSignal): Promise<Connection> {
    end.throwIfAborted();
    const { connection, timings } = this.#options;
    if (!wait && !connection()) throw new TransportError('offline');
    if (this.#waiting.size >= timings.waiting) throw new TransportError('overloaded');
    const turn = Promise.withResolvers<void>();
    this.#waiting.add(turn);
    this.flush();
    await until(end, turn.promise).catch((error: unknown) => {
      // Given up in the queue; had its turn come at the same time, the place must be given back.
      if (!this.#waiting.delete(turn)) this.#inFlight -= 1;
      throw error;
    });
    return connection() ?? this.#again(wait, end);
  }

  /** The connection went between the turn and its use. */
  #again(wait: boolean, end: AbortSignal): Promise<Connection> {
    this.#inFlight -= 1;
    return this.#turn(wait, end);
  }

  async #pause(failures: number, end: AbortSignal): Promise<void> {
    const { platform, timings } = this.#options;
    const pause = Promise.withResolvers<void>();
    const cancel = platform.after(backoff(failures, platform.random(), timings), pause.resolve);
    await until(end, pause.promise).finally(cancel);
  }

  #isFree(): boolean {
    return this.#options.connection() !== undefined && this.#inFlight < this.#options.timings.inFlight;
  }
}

/** The promise, or the signal's reason if that comes first. Leaves no listener behind. */
async function until<Result>(signal: AbortSignal, promise: Promise<Result>): Promise<Result> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort);
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
    promise.catch(() => {});
  }
}

const isNotCurrent = (error: unknown): boolean => error instanceof ProtocolError && error.code === 'not-current';

/** The server may have carried it out, or may do so next time. */
function isUncertain(error: unknown): boolean {
  if (error instanceof TransportError) return error.code === 'timeout' || error.code === 'closed';
  return error instanceof ProtocolError && (error.code === 'unavailable' || error.code === 'internal');
}
