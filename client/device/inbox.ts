// Reads the mailbox: one message after the other, each acknowledged only when the layer above has it.

import { ProtocolError } from '../../shared/protocol/errors.ts';
import { ACKS_PER_FRAME } from '../../shared/protocol/limits.ts';
import type { Envelope } from '../../shared/protocol/message.ts';
import { type KeptMessage, readKept, settleMessage } from './kept-messages.ts';
import type { DeviceParts } from './parts.ts';
import { type Answer, type Opening, type Received, receive, takeKept } from './receiving.ts';

/** `expires` is undefined for what was decrypted in an earlier run. */
export type Discarded = Pick<Envelope, 'message' | 'sender' | 'senderDevice' | 'stamp'> &
  Partial<Pick<Envelope, 'expires'>>;

export interface InboxHandlers {
  /** Stores a message, best in one batch with `received.settled`. When it fails, the message is delivered again with the next pull. */
  onMessage(received: Received): Promise<void> | void;
  /** A message that will never be shown: what arrived was damaged, forged, or made for a session that is gone. */
  onDiscarded(discarded: Discarded, reason: string): Promise<void> | void;
  /** What a message calls for beside being shown. */
  onAnswer(sender: Pick<Envelope, 'sender' | 'senderDevice'>, answer: Answer): void;
}

export class Inbox {
  readonly #parts: DeviceParts;
  readonly #handlers: InboxHandlers;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(parts: DeviceParts, handlers: InboxHandlers) {
    this.#parts = parts;
    this.#handlers = handlers;
  }

  /** A message that was pushed. The next one does not wait for its acknowledgement: what calls say comes in quick succession. */
  async push(envelope: Envelope): Promise<void> {
    await this.#acknowledge(await this.#queued(() => this.#takeAll([envelope])));
  }

  /** Everything that waits. The first request leaves at once. */
  pull(): Promise<void> {
    const first = this.#parts.server.request('message.pull', {});
    // It may fail while messages before it are still being taken; whoever waits for its turn gets the error then.
    first.catch(() => {});
    return this.#queued(async () => {
      // Opened before a crash, and not taken.
      for (const kept of await readKept(this.#parts.store)) await this.#settle(kept);
      let page = await first;
      await this.#acknowledge(await this.#takeAll(page.messages));
      while (page.next !== undefined) {
        const after = page.next;
        page = await this.#parts.server.request('message.pull', { after });
        await this.#acknowledge(await this.#takeAll(page.messages));
        // The same page again and again would never end.
        if (page.next === after) return;
      }
    });
  }

  /** @returns those that the server may forget */
  async #takeAll(envelopes: readonly Envelope[]): Promise<Envelope[]> {
    const done: Envelope[] = [];
    for (const envelope of envelopes) if ((await this.#take(envelope)) && envelope.stored) done.push(envelope);
    return done;
  }

  async #acknowledge(done: readonly Envelope[]): Promise<void> {
    for (let i = 0; i < done.length; i += ACKS_PER_FRAME) {
      const messages = done.slice(i, i + ACKS_PER_FRAME);
      await this.#parts.server.request('message.ack', {
        messages: messages.map(({ message, sender, senderDevice }) => ({ message, sender, senderDevice })),
      });
    }
  }

  /** Whether the message may be forgotten by the server. */
  async #take(envelope: Envelope): Promise<boolean> {
    const opening = await receive(envelope, this.#parts).catch(held);
    if (opening.kind === 'hold') return false;
    if (opening.kind === 'kept') await this.#settle(opening.kept);
    // A copy that was pushed and pulled is nothing to speak of.
    else if (opening.reason !== 'DUPLICATE_MESSAGE') await this.#handlers.onDiscarded(envelope, opening.reason);
    return true;
  }

  async #settle(kept: KeptMessage): Promise<void> {
    const reception = await takeKept(kept, this.#parts);
    if (reception.kind === 'message') await this.#handlers.onMessage(reception.received);
    if (reception.kind === 'discard') await this.#handlers.onDiscarded(kept, reception.reason);
    // Written before already, when the layer above did so with what it stored.
    await this.#parts.store.batch([settleMessage(kept)]);
    if (reception.kind !== 'discard') this.#handlers.onAnswer(kept, reception.answer);
  }

  #queued<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#tail.then(work);
    this.#tail = done.catch(() => {});
    return done;
  }
}

/** What the server refuses to tell about one sender must not keep the mail of all others waiting. */
function held(error: unknown): Opening {
  if (error instanceof ProtocolError) return { kind: 'hold' };
  throw error;
}
