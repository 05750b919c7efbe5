// A client under attack: the SDK's own device, on a store with a witness, connected through the man in the middle.

import { Device } from '../../client/device/device.ts';
import type { Notice } from '../../client/identity/notice.ts';
import type { RecordStore } from '../../client/storage/record-store.ts';
import { nodePlatform } from '../../client/transport/node-platform.ts';
import type { Platform } from '../../client/transport/platform.ts';
import { TIMINGS, type Timings } from '../../client/transport/timings.ts';
import { fromUtf8 } from '../../shared/protocol/bytes.ts';

/** Patience for an honest server on a busy machine. */
export const TIMINGS_IN_PEACE: Timings = { ...TIMINGS, backoffBase: 20, backoffCap: 100 };

/** Patience for a server that will often not answer. */
export const TIMINGS_UNDER_ATTACK: Timings = {
  ...TIMINGS,
  connect: 5_000,
  request: 1_200,
  pong: 1_000,
  backoffBase: 20,
  backoffCap: 100,
  attempts: 1,
};

/** At most so often a client begins a new session because something could not be read: a server that spoils mail causes no storm. */
const BEGIN_ANEW_MS = 3_000;

/** Where clients connect, and what they sign tickets for. */
export interface Place {
  readonly endpoint: string;
  readonly platform: Platform;
}

/** The sockets go to the man in the middle, the tickets name the deployment. */
export function platformThrough(proxy: string): Platform {
  return {
    ...nodePlatform,
    openSocket: (_, protocols, handlers) => nodePlatform.openSocket(proxy, protocols, handlers),
  };
}

/** What a client said about one thing it did. */
export type Outcome = string;

export class AttackedClient {
  readonly name: string;
  readonly store: RecordStore;
  readonly texts: string[] = [];
  readonly notices: Notice[] = [];
  /** Counts from the next opening. */
  timings = TIMINGS_IN_PEACE;
  readonly #place: Place;
  #device: Device | undefined;
  #begunAnew = 0;

  constructor(name: string, store: RecordStore, place: Place) {
    this.name = name;
    this.store = store;
    this.#place = place;
  }

  get current(): Device | undefined {
    return this.#device;
  }

  /** The running device; opened when it is not. */
  async device(): Promise<Device> {
    if (this.#device && this.#device.transport.state.kind !== 'refused') return this.#device;
    this.#device?.close();
    const device = await Device.open({
      ...this.#place,
      store: this.store,
      timings: this.timings,
      handlers: {
        onMessage: ({ content }) => void this.texts.push(fromUtf8(content) ?? ''),
        onDiscarded: ({ sender, senderDevice }) => this.#beginAnew(sender, senderDevice),
      },
    });
    device.accounts.onNotice((notice) => this.notices.push(notice));
    this.#device = device;
    return device;
  }

  /** What the client makes of it: `ok`, the code of an error, or `waits` when it has not given up. */
  async attempt(work: (device: Device) => Promise<unknown>, patienceMs: number): Promise<Outcome> {
    const patience = Promise.withResolvers<Outcome>();
    const timer = setTimeout(() => patience.resolve('waits'), patienceMs);
    const done = work(await this.device()).then(() => 'ok', codeOf);
    try {
      return await Promise.race([done, patience.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** What could not be read was made in a session that is of no use: the sender hears of a new one, as a conversation would see to it. */
  #beginAnew(to: string, device: number): void {
    if (Date.now() - this.#begunAnew < BEGIN_ANEW_MS) return;
    this.#begunAnew = Date.now();
    const content = new Uint8Array();
    void this.#device?.send({ to, content, ttl: 60, devices: [device], newSessions: true }).catch(() => {});
  }

  close(): void {
    this.#device?.close();
    this.#device = undefined;
  }
}

/** Errors of the SDK have codes. Anything else would be a defect, and is reported with its text. */
function codeOf(error: unknown): Outcome {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
    const blocks = 'blocks' in error && Array.isArray(error.blocks) ? error.blocks : [];
    return [error.code, ...blocks].join(' ');
  }
  return `DEFECT ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`;
}
