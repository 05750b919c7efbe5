import type { ActionName, ReplyOf, RequestOf } from '../../shared/protocol/actions.ts';
import { ProtocolError } from '../../shared/protocol/errors.ts';
import type { EventName, EventOf } from '../../shared/protocol/events.ts';
import { decodeReply, decodeServerFrame, encodeRequest, type ServerFrame } from '../../shared/protocol/frames.ts';
import { FRAME_BYTES } from '../../shared/protocol/limits.ts';
import { SUBPROTOCOL } from '../../shared/protocol/session.ts';
import type { Platform, Socket } from './platform.ts';
import type { ServerClock } from './server-clock.ts';
import type { Timings } from './timings.ts';
import { TransportError } from './transport-error.ts';

export type ServerEvent = { [Name in EventName]: EventOf<Name> }[EventName];
/** The fields of a request that are the caller's to choose. */
export type FieldsOf<Name extends ActionName> = Omit<RequestOf<Name>, 'action' | 'id'>;

export interface ConnectionOptions {
  readonly url: string;
  readonly ticket: string;
  readonly platform: Platform;
  readonly timings: Timings;
  /** Learns the time from every answer to `hello`. */
  readonly clock: ServerClock;
  /** Ends the connection, also while it opens. */
  readonly signal?: AbortSignal;
}

interface Pending {
  readonly resolve: (fields: Record<string, unknown>) => void;
  readonly reject: (error: Error) => void;
  readonly cancelTimeout: () => void;
}

const PING = JSON.stringify({ action: 'ping' });

/** One WebSocket: requests with their replies, events, and a ping when it is quiet. */
export class Connection {
  /** Called for each event of the server but `pong`. */
  onEvent: (event: ServerEvent) => void = () => {};
  /** Called once, when the connection has ended in any way but {@link close}. */
  onLost: () => void = () => {};
  readonly #options: ConnectionOptions;
  readonly #opened = Promise.withResolvers<void>();
  readonly #pending = new Map<string, Pending>();
  readonly #socket: Socket;
  #lastId = 0;
  #ended = false;
  #retired = false;
  #cancelIdle = () => {};
  #cancelDeath: (() => void) | undefined;

  private constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#socket = options.platform.openSocket(options.url, [SUBPROTOCOL, options.ticket], {
      opened: (protocol) => this.#open(protocol),
      message: (data) => this.#receive(data),
      closed: () => this.#lose(),
    });
    this.#dieAfter(options.timings.connect);
    options.signal?.addEventListener('abort', this.close);
  }

  /** @throws TransportError `unreachable` when it does not open, or `stopped` when the signal came first */
  static async open(options: ConnectionOptions): Promise<Connection> {
    if (options.signal?.aborted) throw new TransportError('stopped');
    const connection = new Connection(options);
    await connection.#opened.promise;
    return connection;
  }

  /**
   * Sends a request; resolves with the fields of its reply.
   *
   * @throws ProtocolError what the server answered; `bad-request` or `bad-frame`, unsent, for what the server would refuse so
   * @throws TransportError `closed`, `timeout` or `bad-reply`
   */
  async request<Name extends ActionName>(name: Name, fields: FieldsOf<Name>): Promise<ReplyOf<Name>> {
    const id = String(++this.#lastId);
    const frame = encode(name, { ...fields, id } as Omit<RequestOf<Name>, 'action'>);
    if (this.#ended) throw new TransportError('closed');
    const sentAt = this.#options.platform.now();
    const reply = check(name, await this.#exchange(id, frame));
    if ('time' in reply) this.#options.clock.learn(reply.time, sentAt);
    return reply;
  }

  /** Pings now: when nothing arrives in time, the connection is lost. */
  check(): void {
    if (this.#ended || this.#cancelDeath) return;
    this.#send(PING);
    this.#dieAfter(this.#options.timings.pong);
  }

  /** Closes when the requests in flight have been answered or given up. Takes no new ones after it. */
  retire(): void {
    this.#retired = true;
    if (this.#pending.size === 0) this.close();
  }

  /** Requests without an answer fail with `closed`. Harmless when repeated. */
  readonly close = (): void => {
    if (this.#ended) return;
    this.#ended = true;
    this.#cancelIdle();
    this.#cancelDeath?.();
    this.#options.signal?.removeEventListener('abort', this.close);
    this.#socket.close();
    this.#opened.reject(new TransportError(this.#options.signal?.aborted ? 'stopped' : 'unreachable'));
    // Nobody waits for the opening of a connection that has opened.
    this.#opened.promise.catch(() => {});
    for (const id of [...this.#pending.keys()]) this.#take(id)?.reject(new TransportError('closed'));
  };

  #exchange(id: string, frame: string): Promise<Record<string, unknown>> {
    const { promise, resolve, reject } = Promise.withResolvers<Record<string, unknown>>();
    const cancelTimeout = this.#options.platform.after(this.#options.timings.request, () => {
      this.check();
      this.#take(id)?.reject(new TransportError('timeout'));
    });
    this.#pending.set(id, { resolve, reject, cancelTimeout });
    this.#send(frame);
    return promise;
  }

  /** What waits for this answer, which it is the only one to get. */
  #take(id: string): Pending | undefined {
    const pending = this.#pending.get(id);
    pending?.cancelTimeout();
    this.#pending.delete(id);
    if (this.#retired && this.#pending.size === 0) this.close();
    return pending;
  }

  #open(protocol: string): void {
    if (this.#ended) return;
    this.#alive();
    if (protocol === SUBPROTOCOL) this.#opened.resolve();
    else this.#lose();
  }

  #receive(data: unknown): void {
    if (this.#ended) return;
    this.#alive();
    const frame = decode(data);
    if (frame.kind === 'event' && frame.event.event !== 'pong') this.onEvent(frame.event);
    if (frame.kind === 'reply') this.#take(frame.id)?.resolve(frame.fields);
    if (frame.kind === 'error' && frame.id !== null) this.#take(frame.id)?.reject(frame.error);
  }

  #lose(): void {
    if (this.#ended) return;
    this.close();
    this.onLost();
  }

  #send(frame: string): void {
    this.#socket.send(frame);
    this.#pingWhenIdle();
  }

  #alive(): void {
    this.#cancelDeath?.();
    this.#cancelDeath = undefined;
    this.#pingWhenIdle();
  }

  #dieAfter(milliseconds: number): void {
    this.#cancelDeath = this.#options.platform.after(milliseconds, () => this.#lose());
  }

  #pingWhenIdle(): void {
    this.#cancelIdle();
    this.#cancelIdle = this.#options.platform.after(this.#options.timings.idle, () => this.check());
  }
}

function encode<Name extends ActionName>(name: Name, request: Omit<RequestOf<Name>, 'action'>): string {
  let frame: string;
  try {
    frame = encodeRequest(name, request);
  } catch {
    throw new ProtocolError('bad-request');
  }
  if (new TextEncoder().encode(frame).length > FRAME_BYTES) throw new ProtocolError('bad-frame');
  return frame;
}

function check<Name extends ActionName>(name: Name, fields: Record<string, unknown>): ReplyOf<Name> {
  try {
    return decodeReply(name, fields);
  } catch {
    throw new TransportError('bad-reply');
  }
}

/** What does not fit the protocol is dropped like an event of a later version: a request that it may have answered times out. */
function decode(data: unknown): ServerFrame {
  if (typeof data !== 'string') return { kind: 'other' };
  try {
    return decodeServerFrame(data);
  } catch {
    return { kind: 'other' };
  }
}
