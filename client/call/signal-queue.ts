// Signals to one device leave one after the other, in their order. Candidates that wait behind something go together: each frame costs a request.

import { CANDIDATES_PER_SIGNAL } from '../conversation/call-content.ts';
import type { Said } from './machine/types.ts';

/** What waits to be said. */
export interface Waiting {
  readonly said: Said;
  readonly urgent: boolean;
  /** Milliseconds since 1970, by the clock of the calls. */
  readonly expires: number;
}

/** Says one signal; resolves when it is delivered or given up. It does not reject. */
export type Speak = (waiting: Waiting) => Promise<void>;

export class SignalQueue {
  readonly #speak: Speak;
  #waiting: Waiting[] = [];
  #speaking: Promise<void> | undefined;

  constructor(speak: Speak) {
    this.#speak = speak;
  }

  add(waiting: Waiting): void {
    const last = this.#waiting.at(-1);
    const merged = last && together(last, waiting);
    if (merged) this.#waiting[this.#waiting.length - 1] = merged;
    else this.#waiting.push(waiting);
    this.#speaking ??= this.#run();
  }

  /** Resolves when nothing waits. */
  async idle(): Promise<void> {
    await this.#speaking;
  }

  async #run(): Promise<void> {
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) await this.#speak(next);
    this.#speaking = undefined;
  }
}

function together(one: Waiting, other: Waiting): Waiting | undefined {
  const [a, b] = [one.said, other.said];
  if (a.type !== 'call-candidates' || b.type !== 'call-candidates') return undefined;
  if (a.call !== b.call || a.leg !== b.leg || a.generation !== b.generation) return undefined;
  const candidates = [...a.candidates, ...b.candidates];
  if (candidates.length > CANDIDATES_PER_SIGNAL) return undefined;
  return { said: { ...a, candidates }, urgent: one.urgent, expires: Math.max(one.expires, other.expires) };
}
