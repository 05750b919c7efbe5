// Keeps a device connected: one connection at a time, a new one when it is lost or grows old, none when the server refuses the device.

import { Connection, type ServerEvent } from './connection.ts';
import { askRefusal, type GuestOptions } from './guest.ts';
import type { PlatformHint } from './platform.ts';
import type { TicketSource } from './tickets.ts';
import { backoff, type Timings } from './timings.ts';
import type { RefusalReason } from './transport-error.ts';

export type TransportState =
  /** The first attempt after nothing or after a wait is under way. */
  | { readonly kind: 'connecting' }
  | { readonly kind: 'online' }
  /** `retryAt`: when the next attempt begins, in milliseconds since 1970 by the machine's clock. */
  | { readonly kind: 'offline'; readonly retryAt: number }
  /** Nothing is tried any more until somebody asks for it. */
  | { readonly kind: 'refused'; readonly reason: RefusalReason }
  | { readonly kind: 'stopped' };

export interface LineHandlers {
  onState(state: TransportState): void;
  /** A connection has opened and is the device's current one. */
  onOpen(connection: Connection): void;
  onEvent(event: ServerEvent): void;
}

/** Refusals that every new ticket would meet again. The others may be over with the next one. */
const FINAL: ReadonlySet<RefusalReason> = new Set(['ticket-malformed', 'ticket-signature', 'device-unknown']);

/** How many attempts fail before the reason is asked for: most failures are the network's. */
const ASK_EVERY = 2;

export class Line {
  readonly #options: Omit<GuestOptions, 'signal'>;
  readonly #tickets: TicketSource;
  readonly #handlers: LineHandlers;
  readonly #timings: Timings;
  readonly #life = new AbortController();
  #state: TransportState = { kind: 'connecting' };
  #current: { readonly connection: Connection; readonly attempt: number; readonly since: number } | undefined;
  #attempts = 0;
  #dialing = false;
  /** In a row. */
  #failures = 0;
  #refusals: RefusalReason[] = [];
  #cancelTimer = () => {};

  constructor(options: Omit<GuestOptions, 'signal'>, tickets: TicketSource, handlers: LineHandlers) {
    this.#options = options;
    this.#tickets = tickets;
    this.#handlers = handlers;
    this.#timings = options.timings;
  }

  get state(): TransportState {
    return this.#state;
  }

  get connection(): Connection | undefined {
    return this.#current?.connection;
  }

  /** Connects now: at the start, after a refusal, or instead of waiting on. */
  connect(): void {
    if (this.#state.kind === 'stopped' || this.#current) return;
    this.#failures = 0;
    this.#refusals = [];
    void this.#dial();
  }

  hint(hint: PlatformHint): void {
    if (this.#current) this.#current.connection.check();
    else if (hint !== 'offline' && this.#state.kind === 'offline') this.connect();
  }

  /**
   * A request on this connection was answered `not-current`. Nothing to do when it was replaced. When an attempt of ours that seemed to
   * fail came after it, that one may have taken over: connect again. Otherwise another tab or a copy of the device has: stop, as two that
   * both come back would take the line from each other for ever.
   */
  async superseded(connection: Connection): Promise<void> {
    const current = this.#current;
    if (current?.connection !== connection) return;
    if (this.#attempts > current.attempt) {
      this.#drop();
      return;
    }
    this.#refuse('superseded');
    const reason = await this.#tickets.next().then(
      (ticket) => this.#ask(ticket),
      () => undefined,
    );
    const stillStands = this.#state.kind === 'refused' && this.#state.reason === 'superseded';
    if (stillStands && reason === 'device-unknown') this.#become({ kind: 'refused', reason });
  }

  close(): void {
    if (this.#state.kind === 'stopped') return;
    this.#hangUp();
    this.#life.abort();
    this.#become({ kind: 'stopped' });
  }

  async #dial(): Promise<void> {
    if (this.#dialing) return;
    this.#dialing = true;
    this.#cancelTimer();
    const attempt = ++this.#attempts;
    if (!this.#current) this.#become({ kind: 'connecting' });
    let ticket: string | undefined;
    try {
      ticket = await this.#tickets.next();
      const connection = await Connection.open({ ...this.#options, ticket, signal: this.#life.signal });
      this.#dialing = false;
      if (this.#ended()) connection.close();
      else this.#adopt(connection, attempt);
    } catch {
      await this.#failed(ticket);
    }
  }

  /** The new connection first, then the old one: what is in flight there ends there. */
  #adopt(connection: Connection, attempt: number): void {
    const old = this.#current?.connection;
    this.#current = { connection, attempt, since: this.#options.platform.now() };
    connection.onEvent = (event) => this.#handlers.onEvent(event);
    connection.onLost = () => this.#lost(connection);
    const age = this.#timings.replace * (1 - this.#options.platform.random() / 10);
    this.#wait(age, () => {
      this.#failures = 0;
      void this.#dial();
    });
    this.#refusals = [];
    this.#become({ kind: 'online' });
    this.#handlers.onOpen(connection);
    old?.retire();
  }

  async #failed(ticket: string | undefined): Promise<void> {
    this.#failures += 1;
    const ask = ticket !== undefined && this.#failures % ASK_EVERY === 0;
    const reason = ask ? await this.#ask(ticket) : undefined;
    this.#dialing = false;
    if (this.#ended()) return;
    if (reason) {
      this.#refusals = this.#refusals[0] === reason ? [...this.#refusals, reason] : [reason];
      const hopeless = this.#refusals.length >= this.#timings.sameRefusals;
      if (hopeless || FINAL.has(reason)) return this.#refuse(reason);
    }
    this.#retry();
  }

  #lost(connection: Connection): void {
    if (this.#current?.connection !== connection) return;
    const lived = this.#options.platform.now() - this.#current.since;
    this.#failures = lived >= this.#timings.stable ? 0 : this.#failures + 1;
    this.#drop();
  }

  /** The connection is of no use any more. */
  #drop(): void {
    this.#current?.connection.close();
    this.#current = undefined;
    if (this.#dialing) this.#become({ kind: 'connecting' });
    else this.#retry();
  }

  #retry(): void {
    const { platform } = this.#options;
    const wait = platform.isOnline()
      ? backoff(this.#failures, platform.random(), this.#timings)
      : this.#timings.backoffCap;
    this.#wait(wait, () => void this.#dial());
    if (!this.#current) this.#become({ kind: 'offline', retryAt: platform.now() + wait });
  }

  #refuse(reason: RefusalReason): void {
    this.#hangUp();
    this.#become({ kind: 'refused', reason });
  }

  #hangUp(): void {
    this.#cancelTimer();
    this.#current?.connection.close();
    this.#current = undefined;
  }

  /** Undefined also when nobody could be asked. */
  #ask(ticket: string): Promise<RefusalReason | undefined> {
    return askRefusal(ticket, { ...this.#options, signal: this.#life.signal }).catch(() => undefined);
  }

  /** There is one timer: for the next attempt, whether nothing is there or what is there grows old. */
  #wait(milliseconds: number, next: () => void): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#options.platform.after(milliseconds, next);
  }

  #ended(): boolean {
    return this.#state.kind === 'stopped' || this.#state.kind === 'refused';
  }

  #become(state: TransportState): void {
    this.#state = state;
    this.#handlers.onState(state);
  }
}
