import type { CallHost } from './call-host.ts';
import type { CallEffect, CallEvent, LegName } from './machine/types.ts';
import { SignalQueue } from './signal-queue.ts';

/** What this device says to the devices of others, to each in its order. */
export class Speaker {
  readonly #host: CallHost;
  readonly #dispatch: (event: CallEvent) => void;
  readonly #queues = new Map<string, SignalQueue>();

  constructor(host: CallHost, dispatch: (event: CallEvent) => void) {
    this.#host = host;
    this.#dispatch = dispatch;
  }

  say(effect: Extract<CallEffect, { kind: 'say' }>): void {
    this.#queueFor(effect.to).add(effect);
  }

  /** Resolves when everything has been delivered or given up. */
  async silence(): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.silence));
  }

  #queueFor(to: { readonly account: string; readonly device: number }): SignalQueue {
    const key = `${to.account}/${to.device}`;
    const found = this.#queues.get(key);
    if (found) return found;
    const queue = new SignalQueue(async ({ said, urgent, expires }) => {
      const isDelivered = await this.#host.say(to, said, { urgent, expires });
      const name: LegName = { call: said.call, leg: said.leg, ...to };
      if (!isDelivered) this.#dispatch({ kind: 'undeliverable', to: name, type: said.type });
    });
    this.#queues.set(key, queue);
    return queue;
  }
}
