// What this device says about calls, to each other device in its order.

import type { CallHost } from './call-host.ts';
import type { CallEffect, CallEvent, LegName } from './machine/types.ts';
import { SignalQueue } from './signal-queue.ts';

export interface SignalDeskOptions {
  readonly host: Pick<CallHost, 'say'>;
  readonly dispatch: (event: CallEvent) => void;
  /** Something that should not happen did: the signal is given up. */
  readonly onFailure: (error: unknown) => void;
}

export class SignalDesk {
  readonly #options: SignalDeskOptions;
  readonly #queues = new Map<string, SignalQueue>();

  constructor(options: SignalDeskOptions) {
    this.#options = options;
  }

  say(effect: Extract<CallEffect, { kind: 'say' }>): void {
    this.#queueFor(effect.to).add(effect);
  }

  /** Resolves when everything that was said so far is delivered or given up. */
  async idle(): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.idle()));
  }

  #queueFor(to: { readonly account: string; readonly device: number }): SignalQueue {
    const key = `${to.account}/${to.device}`;
    const found = this.#queues.get(key);
    if (found) return found;
    const queue = new SignalQueue(async ({ said, urgent, expires }) => {
      const { host, dispatch, onFailure } = this.#options;
      const isDelivered = await host.say(to, said, { urgent, expires }).catch((error: unknown) => {
        onFailure(error);
        return false;
      });
      const name: LegName = { call: said.call, leg: said.leg, ...to };
      if (!isDelivered) dispatch({ kind: 'undeliverable', to: name, type: said.type });
    });
    this.#queues.set(key, queue);
    return queue;
  }
}
