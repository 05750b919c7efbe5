import { expect } from 'vitest';
import type { EncryptedMessage } from '../../../../client/signal-protocol/index.ts';
import type { Peer } from './peer.ts';
import type { SeededRandom } from './random.ts';

interface InFlight {
  readonly message: EncryptedMessage;
  readonly plaintext: Uint8Array;
  /** How many later messages have overtaken it. */
  overtaken: number;
}

/**
 * A message may be overtaken this often: each of those that overtake it can begin a receiving chain, and five are kept. A
 * message held back longer is lost by design, in libsignal as well.
 */
const MAX_OVERTAKEN = 4;

/** One direction between two devices: a network that loses, reorders and repeats. Every arrival is checked. */
export class Wire {
  delivered = 0;
  readonly #from: Peer;
  readonly #to: Peer;
  readonly #random: SeededRandom;
  readonly #inFlight: InFlight[] = [];
  readonly #arrived: EncryptedMessage[] = [];

  constructor(from: Peer, to: Peer, random: SeededRandom) {
    this.#from = from;
    this.#to = to;
    this.#random = random;
  }

  async send(): Promise<EncryptedMessage> {
    const plaintext = this.#random.bytes(this.#random.below(80));
    const message = await this.#from.encrypt(this.#to.address, plaintext);
    this.#inFlight.push({ message, plaintext, overtaken: 0 });
    return message;
  }

  /** Delivers one of the oldest messages under way, if there is any; it must decrypt to what was sent. */
  async deliver(): Promise<void> {
    const oldest = this.#inFlight[0];
    if (!oldest) return;
    const choice = oldest.overtaken >= MAX_OVERTAKEN ? 0 : this.#random.below(Math.min(4, this.#inFlight.length));
    const [item] = this.#inFlight.splice(choice, 1);
    if (!item) return;
    for (const passed of this.#inFlight.slice(0, choice)) passed.overtaken++;
    const plaintext = await this.#to.decrypt(this.#from.address, item.message);
    expect(plaintext).toEqual(item.plaintext);
    this.delivered++;
    this.#arrived.push(item.message);
  }

  async deliverAll(): Promise<void> {
    while (this.#inFlight.length) await this.deliver();
  }

  lose(): void {
    if (this.#inFlight.length) this.#inFlight.splice(this.#random.below(this.#inFlight.length), 1);
  }

  /** Delivers again something that arrived before; it must be refused. */
  async repeat(): Promise<void> {
    const old = this.#arrived[this.#random.below(this.#arrived.length)];
    if (old) await expect(this.#to.decrypt(this.#from.address, old)).rejects.toThrow();
  }
}
