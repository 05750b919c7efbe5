// Signals of calls on their way: each for one device and for a minute at most, past the outbox.

import type { Device } from '../device/device.ts';
import { SendError } from '../device/send-error.ts';
import type { Platform } from '../transport/platform.ts';
import { TransportError } from '../transport/transport-error.ts';
import { BRIEF_MS, type Signal, type SignalOutcome } from './courier.ts';
import { causeOf } from './failure-cause.ts';

/** Before a signal is tried again that met something which may pass, if the server does not say when. */
const RETRY_MS = 1_000;

export interface SignallingOptions {
  /** The own account, and this device in it. */
  readonly account: string;
  readonly device: number;
  readonly platform: Pick<Platform, 'after'>;
  /** What should not happen did; the signal is given up. */
  readonly onFailure: (error: unknown) => void;
}

export class Signalling {
  readonly #options: SignallingOptions;
  /** The last signal to each device: the next one follows it. */
  readonly #lanes = new Map<string, Promise<unknown>>();
  readonly #pauses = new Set<() => void>();
  #sender: Device | undefined;
  #closed = false;

  constructor(options: SignallingOptions) {
    this.#options = options;
  }

  attach(sender: Device): void {
    this.#sender = sender;
    sender.transport.onState(({ kind }) => kind === 'online' && this.#endPauses());
  }

  /** As {@link Courier.signal} promises. */
  send(signal: Signal): Promise<SignalOutcome> {
    const lane = `${signal.to}/${signal.device}`;
    const before = this.#lanes.get(lane) ?? Promise.resolve();
    const outcome = before.then(() => this.#deliver(signal));
    this.#lanes.set(lane, outcome);
    void outcome.then(() => this.#lanes.get(lane) === outcome && this.#lanes.delete(lane));
    return outcome;
  }

  /** Gives up what waits. */
  close(): void {
    this.#closed = true;
    this.#endPauses();
  }

  async #deliver(signal: Signal): Promise<SignalOutcome> {
    // One commitment for all attempts: the server refuses another one for the same id.
    const frankingKey = crypto.getRandomValues(new Uint8Array(32));
    for (;;) {
      const sender = this.#sender;
      const left = sender ? signal.expires - sender.transport.clock.now() : 0;
      if (!sender || left <= 0 || this.#closed) return 'undeliverable';
      const result = await this.#attempt(signal, frankingKey, sender, left).catch((error) => this.#judge(error));
      if (typeof result === 'string') return result;
      await this.#pause(Math.min(result, left));
    }
  }

  /** Ends with the signal's time, whatever it waits for then; nothing is sent afterwards. */
  async #attempt(signal: Signal, frankingKey: Uint8Array, sender: Device, left: number): Promise<SignalOutcome> {
    const { id: message, to, device, conversation, payload: content, urgent } = signal;
    const over = new AbortController();
    const { promise: end, reject } = Promise.withResolvers<never>();
    const cancel = this.#options.platform.after(left, () => {
      over.abort(new TransportError('timeout'));
      reject(over.signal.reason);
    });
    const outgoing = {
      ...{ message, to, content, frankingKey, conversation, urgent, devices: [device], until: over.signal },
      ttl: Math.ceil(Math.min(left, BRIEF_MS) / 1_000),
    };
    const sending = this.#takesPart(signal, sender).then((takesPart) =>
      takesPart ? sender.send(outgoing) : undefined,
    );
    try {
      const sent = await Promise.race([sending, end]);
      return sent?.devices.get(device) === 'stored' ? 'stored' : 'undeliverable';
    } finally {
      cancel();
      sending.catch(() => {});
    }
  }

  async #takesPart({ to, device, conversation }: Signal, { selections }: Device): Promise<boolean> {
    const own = await selections.devices(conversation, this.#options.account);
    if (!own.some(({ id }) => id === this.#options.device)) return false;
    const theirs = await selections.devices(conversation, to);
    return theirs.some(({ id }) => id === device);
  }

  /** Milliseconds until it is worth trying again; or that it is not. */
  #judge(error: unknown): number | SignalOutcome {
    // Among them that there are no keys: a letter waits for new ones, a call cannot.
    if (error instanceof SendError) return 'undeliverable';
    const cause = causeOf(error);
    if (cause.kind === 'later') return cause.after ?? RETRY_MS;
    if (cause.kind === 'unexpected') this.#options.onFailure(error);
    return 'undeliverable';
  }

  /** Ends early when there is a connection again. */
  #pause(milliseconds: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#options.platform.after(milliseconds, resolve);
    this.#pauses.add(resolve);
    return promise.finally(() => {
      cancel();
      this.#pauses.delete(resolve);
    });
  }

  #endPauses(): void {
    for (const end of [...this.#pauses]) end();
  }
}
