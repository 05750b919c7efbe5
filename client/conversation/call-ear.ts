// Hears what other devices say about calls, and passes it on once. Nothing of it is kept.

import { Listeners } from '../transport/listeners.ts';
import type { CallHandover, CallSignal } from './call-content.ts';

/** What the calls of this device are told. `age`: milliseconds since the server took it in, by the server's clock alone. */
export type CallTold =
  /** `mayRing` false: the conversation is muted on this device. */
  | { readonly kind: 'signal'; readonly signal: CallSignal; readonly age: number; readonly mayRing: boolean }
  | { readonly kind: 'handover'; readonly handover: CallHandover; readonly age: number };

type AgelessOf<Told> = Told extends CallTold ? Omit<Told, 'age'> : never;
/** The same with the time of the server's stamp. */
export type CallHeard = AgelessOf<CallTold> & { readonly stamped: number };

/** More than three accounts may send in the minute for which the server keeps a signal. */
const MOST_REMEMBERED = 2_000;
/** Until the server has said a time. Whoever sends more than that in between is not heard. */
const MOST_WAITING = 300;

export class CallEar {
  readonly #serverTime: () => number | undefined;
  readonly #listeners = new Listeners<CallTold>();
  readonly #waiting: CallHeard[] = [];
  /** A signal whose answer got lost is sent anew when it was fetched already, and can be decrypted once more. */
  readonly #known = new Set<string>();

  constructor(serverTime: () => number | undefined) {
    this.#serverTime = serverTime;
  }

  onTold(listener: (told: CallTold) => void): () => void {
    return this.#listeners.add(listener);
  }

  hear(heard: CallHeard): void {
    if (this.#isKnown(heard) || this.#waiting.length >= MOST_WAITING) return;
    this.#waiting.push(heard);
    this.tick();
  }

  /** Passes on what waits: how old it is cannot be known before the server has said a time, and this device's own clock is not asked. */
  tick(): void {
    const now = this.#serverTime();
    if (now === undefined) return;
    for (const { stamped, ...told } of this.#waiting.splice(0)) {
      this.#listeners.tell({ ...told, age: Math.max(0, now - stamped) });
    }
  }

  #isKnown(heard: CallHeard): boolean {
    const { from, fromDevice, id } = heard.kind === 'signal' ? heard.signal : heard.handover;
    const name = `${from}/${fromDevice}/${id}`;
    if (this.#known.has(name)) return true;
    this.#known.add(name);
    const [oldest] = this.#known;
    if (this.#known.size > MOST_REMEMBERED && oldest !== undefined) this.#known.delete(oldest);
    return false;
  }
}
