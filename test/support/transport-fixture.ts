import { setImmediate } from 'node:timers/promises';
import { openMemoryStore } from '../../client/storage/memory-store.ts';
import type { RecordStore } from '../../client/storage/record-store.ts';
import type { ServerEvent } from '../../client/transport/connection.ts';
import type { TransportState } from '../../client/transport/line.ts';
import { TIMINGS, type Timings } from '../../client/transport/timings.ts';
import { type PullCause, Transport } from '../../client/transport/transport.ts';
import { ed25519PublicKey } from '../../shared/trust/ed25519.ts';
import { parseTicket } from '../../shared/trust/ticket.ts';
import { FakePlatform, type FakeSocket } from './fake-platform.ts';

export const ENDPOINT = 'wss://sotto.example/live';
const connectSecret = new Uint8Array(32).fill(7);
export const connectKey = ed25519PublicKey(connectSecret);
export const DEVICE = {
  account: '0f8fad5b-d9cb-869f-a165-70867728950e',
  device: 3,
  registration: 77,
  connectSecret,
} as const;

/** A transport on a played machine, with everything it told. */
export class TransportFixture {
  readonly platform = new FakePlatform();
  readonly store: RecordStore;
  readonly transport: Transport;
  readonly states: TransportState[] = [];
  readonly events: ServerEvent[] = [];
  readonly pulls: PullCause[] = [];

  readonly #timings: Timings;

  private constructor(store: RecordStore, timings: Timings) {
    this.store = store;
    this.#timings = timings;
    this.transport = this.start();
  }

  static async create(timings: Timings = TIMINGS): Promise<TransportFixture> {
    return new TransportFixture(await openMemoryStore(), timings);
  }

  /** Another transport on the same machine and store, as after a restart. */
  start(): Transport {
    const { platform, store } = this;
    const transport = new Transport({ endpoint: ENDPOINT, device: DEVICE, store, platform, timings: this.#timings });
    transport.onState((state) => this.states.push(state));
    transport.onEvent((event) => this.events.push(event));
    transport.onPullDue((cause) => this.pulls.push(cause));
    return transport;
  }

  /** The first connection, accepted. */
  async online(): Promise<FakeSocket> {
    const socket = await this.platform.socket(0);
    socket.accept();
    await this.settle();
    return socket;
  }

  /** Returns when everything that was set going has come to rest: the store works in order, the rest in microtasks. */
  async settle(): Promise<void> {
    for (let i = 0; i < 3; i++) {
      await this.store.batch([]);
      await setImmediate();
    }
  }

  async advance(milliseconds: number): Promise<void> {
    this.platform.advance(milliseconds);
    await this.settle();
  }
}

export function ticketOf(socket: FakeSocket) {
  const ticket = parseTicket(socket.protocols[1] ?? '');
  if (!ticket) throw new Error('the socket offers no ticket');
  return ticket;
}

export function deviceTicketOf(socket: FakeSocket) {
  const ticket = ticketOf(socket);
  if (ticket.kind !== 'device') throw new Error('not a device ticket');
  return ticket;
}

/** Lets time pass as it does for a server that answers pings. */
export async function live(fixture: TransportFixture, milliseconds: number): Promise<void> {
  for (let left = milliseconds; left > 0; left -= TIMINGS.idle) {
    await fixture.advance(Math.min(left, TIMINGS.idle));
    for (const socket of fixture.platform.openSockets) if (socket.accepted) socket.receive({ event: 'pong' });
  }
}
