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
  /** Each sends its request at once when it is called. */
  readonly #waiting: ((connection: Connection) => void)[] = [];
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
      let connection: Connection | undefined;
      try {
        return await this.#whenFree(name, wait, end, (free) => {
          connection = free;
          return free.request(name, fields);
        });
      } catch (error) {
        if (connection && isNotCurrent(error)) this.#options.onNotCurrent(connection);
        else if (isUncertain(error)) unanswered += 1;
        else throw error;
        if (!wait || unanswered === this.#options.timings.attempts) throw error;
      }
      // After a lost connection it is the next one that is waited for.
      if (unanswered > 0 && this.#options.connection()) await this.#pause(unanswered, end);
    }
  }

  /** Lets requests go that wait for a connection or for others to be answered. */
  flush(): void {
    for (;;) {
      const connection = this.#options.connection();
      if (!connection || this.#inFlight >= this.#options.timings.inFlight) return;
      const send = this.#waiting.shift();
      if (!send) return;
      send(connection);
    }
  }

  /** Fails all requests there are. Later ones wait again. */
  fail(error: TransportError): void {
    this.#life.abort(error);
    this.#life = new AbortController();
  }

  async #whenFree<Result>(
    name: ActionName,
    wait: boolean,
    end: AbortSignal,
    work: (connection: Connection) => Promise<Result>,
  ): Promise<Result> {
    end.throwIfAborted();
    if (!wait && !this.#options.connection()) throw new TransportError('offline');
    if (this.#waiting.length >= this.#options.timings.waiting) throw new TransportError('overloaded');
    const done = Promise.withResolvers<Result>();
    const send = (connection: Connection) => {
      // Given up in the moment in which its turn came.
      if (end.aborted) return;
      this.#inFlight += 1;
      const sent = until(end, work(connection)).finally(() => {
        this.#inFlight -= 1;
        this.flush();
      });
      sent.then(done.resolve, done.reject);
    };
    // A device asks for its mail before anything else.
    if (name === 'message.pull') this.#waiting.unshift(send);
    else this.#waiting.push(send);
    this.flush();
    return until(end, done.promise).finally(() => {
      const place = this.#waiting.indexOf(send);
      if (place >= 0) this.#waiting.splice(place, 1);
    });
  }

  async #pause(failures: number, end: AbortSignal): Promise<void> {
    end.throwIfAborted();
    const { platform, timings } = this.#options;
    const pause = Promise.withResolvers<void>();
    const cancel = platform.after(backoff(failures, platform.random(), timings), pause.resolve);
    // At once, and not when this function goes on: who is closed leaves no timer.
    end.addEventListener('abort', cancel);
    await until(end, pause.promise).finally(() => end.removeEventListener('abort', cancel));
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
