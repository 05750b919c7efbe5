import type { ActionName, ReplyOf } from '../../shared/protocol/actions.ts';
import type { RecordStore } from '../storage/record-store.ts';
import type { FieldsOf, ServerEvent } from './connection.ts';
import { Line, type TransportState } from './line.ts';
import { Listeners } from './listeners.ts';
import type { Platform } from './platform.ts';
import { type RequestOptions, Requests } from './requests.ts';
import { ServerClock } from './server-clock.ts';
import { type DeviceCredentials, deviceTickets } from './tickets.ts';
import { TIMINGS, type Timings } from './timings.ts';
import { TransportError } from './transport-error.ts';

export interface TransportOptions {
  /** The deployment's address, to the letter as it is configured there: tickets are signed for it. */
  readonly endpoint: string;
  readonly device: DeviceCredentials;
  /** Keeps the ticket numbers. */
  readonly store: RecordStore;
  readonly platform: Platform;
  readonly timings?: Timings;
}

/** Why the mailbox is to be read now: a push may have been missed. */
export type PullCause = 'connected' | 'foreground' | 'interval';

/** A device's connection to its deployment, kept for as long as it is not closed. Connects at once. */
export class Transport {
  /** The server's clock, better known with every answer to `hello`. */
  readonly clock: ServerClock;
  readonly #platform: Platform;
  readonly #line: Line;
  readonly #requests: Requests;
  readonly #states = new Listeners<TransportState>();
  readonly #events = new Listeners<ServerEvent>();
  readonly #pulls = new Listeners<PullCause>();
  readonly #timings: Timings;
  readonly #stopWatching: () => void;
  #cancelPull = () => {};

  /** @throws TypeError for an endpoint that is not a URL */
  constructor({ endpoint, device, store, platform, timings = TIMINGS }: TransportOptions) {
    new URL(endpoint);
    this.#platform = platform;
    this.#timings = timings;
    this.clock = new ServerClock(platform);
    const tickets = deviceTickets(device, endpoint, this.clock, store);
    this.#line = new Line({ url: endpoint, platform, timings, clock: this.clock }, tickets, {
      onState: (state) => this.#stateChanged(state),
      onOpen: () => this.#opened(),
      onEvent: (event) => this.#events.tell(event),
    });
    this.#requests = new Requests({
      platform,
      timings,
      connection: () => this.#line.connection,
      onNotCurrent: (connection) => void this.#line.superseded(connection),
    });
    this.#stopWatching = platform.watch((hint) => {
      this.#line.hint(hint);
      if (hint === 'foreground' && this.state.kind === 'online') this.#pullDue('foreground');
    });
    this.#line.connect();
  }

  get state(): TransportState {
    return this.#line.state;
  }

  /** Each change of {@link state}. The function returned stops it; so for the other listeners. */
  onState(listener: (state: TransportState) => void): () => void {
    return this.#states.add(listener);
  }

  /** The server's events. They may be lost, repeated and reordered. */
  onEvent(listener: (event: ServerEvent) => void): () => void {
    return this.#events.add(listener);
  }

  /**
   * The mailbox is to be read now. A listener that asks for `message.pull` at once has it sent before every other request of a new
   * connection, as the protocol wants.
   */
  onPullDue(listener: (cause: PullCause) => void): () => void {
    return this.#pulls.add(listener);
  }

  /**
   * Sends a request, if need be when there is a connection again, and repeats it until it is answered. What must survive the end of the
   * program is the caller's to keep.
   *
   * @throws ProtocolError what the server answered; after repeating, also `unavailable` and `internal`
   * @throws TransportError
   */
  async request<Name extends ActionName>(
    name: Name,
    fields: FieldsOf<Name>,
    options?: RequestOptions,
  ): Promise<ReplyOf<Name>> {
    const { state } = this;
    if (state.kind === 'stopped') throw new TransportError('stopped');
    if (state.kind === 'refused') throw new TransportError('refused', state.reason);
    return this.#requests.request(name, fields, options);
  }

  /** Connects at once instead of waiting, and again after a refusal: a person wants this tab or device to be the one. */
  reconnect(): void {
    this.#line.connect();
  }

  /** Ends everything: requests fail with `stopped`, and no timer or socket is left. */
  close(): void {
    this.#stopWatching();
    this.#line.close();
  }

  #stateChanged(state: TransportState): void {
    if (state.kind !== 'online') this.#cancelPull();
    if (state.kind === 'stopped') this.#requests.fail(new TransportError('stopped'));
    if (state.kind === 'refused') this.#requests.fail(new TransportError('refused', state.reason));
    this.#states.tell(state);
  }

  #opened(): void {
    this.#pullDue('connected');
    this.#requests.flush();
  }

  #pullDue(cause: PullCause): void {
    this.#cancelPull();
    this.#cancelPull = this.#platform.after(this.#timings.pull, () => this.#pullDue('interval'));
    this.#pulls.tell(cause);
  }
}
