import type { ReplyOf, RequestOf } from '../../../shared/protocol/actions.ts';
import { constantTimeEqual } from '../../../shared/protocol/bytes.ts';

export type Envelope = Omit<ReplyOf<'message.pull'>['messages'][number], 'stored'>;
type Send = Omit<RequestOf<'message.send'>, 'action' | 'id'>;

/** One copy of a message, for one installation of a device, and what has become of it. */
interface Copy {
  readonly message: string;
  readonly sender: string;
  readonly senderDevice: number;
  readonly ciphertext: Uint8Array;
  readonly ttlMs: number;
  /** When it was first sent, milliseconds since 1970. */
  readonly sent: number;
  /** The deadline that the server named last; undefined while it has not said that the copy is stored. */
  promisedUntil?: number;
  delivered: number;
  acknowledged: boolean;
}

/**
 * What must be true of messages whatever goes wrong: stored before accepted, delivered at least once, never after its time, never to another
 * device. It is told what clients do and see, and keeps a sentence for each promise that was broken.
 */
export class DeliveryModel {
  readonly broken: string[] = [];
  /** By installation and message id. */
  readonly #copies = new Map<string, Copy>();
  readonly #leaving = new Set<string>();
  readonly #removed = new Set<string>();

  /** A client sends, for the first time or again. */
  attempted(send: Send, sender: string, senderDevice: number, now: number): void {
    for (const { device, registration, ciphertext } of send.devices) {
      const key = copyKey(`${send.to}#${device}#${registration}`, send.message);
      const { message } = send;
      if (this.#copies.has(key)) continue;
      const what = { message, sender, senderDevice, ciphertext, ttlMs: send.ttl * 1_000 };
      this.#copies.set(key, { ...what, sent: now, delivered: 0, acknowledged: false });
    }
  }

  /** The server has said that it is stored. @param stored whether the copy is in the table now */
  accepted(installation: string, message: string, stampTime: number, stored: boolean, now: number): void {
    const copy = this.#copies.get(copyKey(installation, message));
    if (!copy) {
      this.#break('accepted what nobody has sent');
      return;
    }
    const until = Math.floor((stampTime + copy.ttlMs) / 1_000) * 1_000;
    copy.promisedUntil = until;
    const mayBeGone = copy.acknowledged || until <= now || this.#leaving.has(installation);
    if (!stored && !mayBeGone) this.#break('accepted before it was stored');
  }

  /** A device is shown a copy. @param since when it asked for it, or undefined when it was pushed */
  delivered(installation: string, envelope: Envelope, since: number | undefined): void {
    const copy = this.#copies.get(copyKey(installation, envelope.message));
    if (!copy) {
      this.#break('delivered to a device that it was not sent to');
      return;
    }
    // What was pushed before the removal may be looked at after it.
    if (since !== undefined && this.#removed.has(installation)) this.#break('delivered to a device that was removed');
    if (!constantTimeEqual(envelope.ciphertext, copy.ciphertext)) this.#break("delivered another device's ciphertext");
    if (envelope.sender !== copy.sender || envelope.senderDevice !== copy.senderDevice) {
      this.#break('delivered with another sender');
    }
    // A push may travel for a while, and with time to live 0 nothing but a push exists.
    if (copy.ttlMs > 0 && envelope.expires <= (since ?? copy.sent)) this.#break('delivered after its time');
    if (envelope.expires > envelope.stamp.time + copy.ttlMs) this.#break('lives longer than it was given');
    copy.delivered++;
  }

  /** A device begins to acknowledge: from now on the copy may be gone. */
  acknowledged(installation: string, message: string): void {
    const copy = this.#copies.get(copyKey(installation, message));
    if (copy) copy.acknowledged = true;
  }

  /** The account begins to publish a list without the device: from now on its mail may be gone. */
  leaving(installation: string): void {
    this.#leaving.add(installation);
  }

  /** The account has published a list without the device, and the server has confirmed it. */
  removed(installation: string): void {
    this.#removed.add(installation);
  }

  /** Nothing is under way any more. @param waiting message ids that the installation is shown when it asks for everything */
  atRest(installation: string, waiting: ReadonlySet<string>, now: number): void {
    for (const [key, copy] of this.#copies) {
      if (!key.startsWith(`${installation}/`) || copy.promisedUntil === undefined || copy.promisedUntil <= now)
        continue;
      if (copy.acknowledged) continue;
      if (!waiting.has(copy.message)) this.#break('accepted and lost');
      if (copy.delivered === 0) this.#break('accepted and never delivered');
    }
  }

  /** What lies in the mailboxes at the end. @param ciphertext of an item, undefined for one that has none */
  kept(installation: string, message: string, ciphertext: Uint8Array | undefined): void {
    const copy = this.#copies.get(copyKey(installation, message));
    if (this.#removed.has(installation)) this.#break('mail of a removed device was kept');
    if (!copy || !ciphertext || !constantTimeEqual(ciphertext, copy.ciphertext)) this.#break('kept what nobody sent');
  }

  get accepts(): number {
    return [...this.#copies.values()].filter(({ promisedUntil }) => promisedUntil !== undefined).length;
  }

  get deliveries(): number {
    return [...this.#copies.values()].reduce((sum, { delivered }) => sum + delivered, 0);
  }

  #break(sentence: string): void {
    this.broken.push(sentence);
  }
}

const copyKey = (installation: string, message: string) => `${installation}/${message}`;
