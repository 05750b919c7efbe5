import type { Clock } from '../../../local/clock.ts';
import type { ActionName, ReplyOf, RequestOf } from '../../../shared/protocol/actions.ts';
import { ProtocolError } from '../../../shared/protocol/errors.ts';
import type { Person } from '../../support/person.ts';
import { type AnyEvent, TestClient } from '../../support/test-client.ts';

/** After so many attempts a client gives up for now. */
const ATTEMPTS = 12;
/** What stays wrong however often it is asked. */
const FINAL: ReadonlySet<string> = new Set(['conflict', 'message-time', 'stale-list', 'unknown-account']);

/** An event and the installation that it was for. */
export interface Arrival {
  readonly installation: string;
  readonly event: AnyEvent;
}

/** One device that behaves as the protocol asks of clients: it connects again, and repeats what it got no answer to. */
export class DeviceClient {
  readonly person: Person;
  readonly device: number;
  readonly #clock: Clock;
  readonly #skewMs: number;
  #client: TestClient | undefined;
  #installation = '';
  /** What the last request that failed was answered with. */
  lastFailure = '';
  /** Events that arrived on earlier connections. */
  readonly #earlier: Arrival[] = [];

  /** @param skewMs by which the device's clock is ahead */
  constructor(person: Person, device: number, clock: Clock, skewMs: number) {
    this.person = person;
    this.device = device;
    this.#clock = clock;
    this.#skewMs = skewMs;
  }

  /** The device's own clock, milliseconds since 1970. */
  now(): number {
    return this.#clock.now() + this.#skewMs;
  }

  /** Partition of the mail of whoever holds the device's id on the newest connection. */
  get installation(): string {
    return this.#installation;
  }

  /** A new socket; the old one is left to itself. Undefined when the server does not let it in for now. */
  async connect(): Promise<TestClient | undefined> {
    for (let made = 0; made < ATTEMPTS; made++) {
      try {
        const { account, url } = this.person;
        const { registration } = account.device(this.device);
        const client = await TestClient.open(url, this.person.ticket(this.device, this.now()));
        this.#earlier.push(...this.#arrivals());
        this.#client = client;
        this.#installation = `${account.account}#${this.device}#${registration}`;
        return client;
      } catch {
        // Refused, or something on the way has failed: a ticket is used once, so the next attempt brings a new one.
      }
    }
    return undefined;
  }

  cut(): void {
    this.#client?.terminate();
  }

  /** Repeats a request until it is answered, connecting again where that is needed. Undefined when the client gives up or the answer is final. */
  async ask<Name extends ActionName>(
    name: Name,
    fields: Omit<RequestOf<Name>, 'action' | 'id'>,
  ): Promise<ReplyOf<Name> | undefined> {
    for (let made = 0; made < ATTEMPTS; made++) {
      const client = this.#client?.open ? this.#client : await this.connect();
      try {
        if (client) return await client.request(name, fields);
      } catch (error) {
        const code = error instanceof ProtocolError ? error.code : 'no answer';
        this.lastFailure = code;
        if (FINAL.has(code)) return undefined;
        if (code === 'not-current') await this.connect();
      }
    }
    return undefined;
  }

  /** Events that have arrived since this was last asked, on whatever connection. */
  takeEvents(): Arrival[] {
    return [...this.#earlier.splice(0), ...this.#arrivals()];
  }

  async close(): Promise<void> {
    await this.#client?.close();
  }

  #arrivals(): Arrival[] {
    const installation = this.#installation;
    return this.#client?.takeEvents().map((event) => ({ installation, event })) ?? [];
  }
}
