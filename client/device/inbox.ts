// Reads the mailbox: one message after the other, each acknowledged only when the layer above has it.

import { ACKS_PER_FRAME } from '../../shared/protocol/limits.ts';
import type { Envelope } from '../../shared/protocol/message.ts';
import type { DeviceParts } from './parts.ts';
import { type Answer, type Received, receive } from './receiving.ts';

export interface InboxHandlers {
  /** Stores a message. Until it resolves the message is not acknowledged; when it fails it is lost, because its key is used up. */
  onMessage(received: Received): Promise<void> | void;
  /** A message that will never be shown: what arrived was damaged, forged, or made for a session that is gone. */
  onDiscarded(envelope: Pick<Envelope, 'message' | 'sender' | 'senderDevice'>, reason: string): void;
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

  /** A message that was pushed. */
  push(envelope: Envelope): Promise<void> {
    return this.#queued(() => this.#takeAll([envelope]));
  }

  /** Everything that waits. The first request leaves at once. */
  pull(): Promise<void> {
    const first = this.#parts.server.request('message.pull', {});
    return this.#queued(async () => {
      let page = await first;
      await this.#takeAll(page.messages);
      while (page.next !== undefined) {
        const after = page.next;
        page = await this.#parts.server.request('message.pull', { after });
        await this.#takeAll(page.messages);
        // The same page again and again would never end.
        if (page.next === after) return;
      }
    });
  }

  async #takeAll(envelopes: readonly Envelope[]): Promise<void> {
    const done: Envelope[] = [];
    for (const envelope of envelopes) if ((await this.#take(envelope)) && envelope.stored) done.push(envelope);
    for (let i = 0; i < done.length; i += ACKS_PER_FRAME) {
      const messages = done.slice(i, i + ACKS_PER_FRAME);
      await this.#parts.server.request('message.ack', {
        messages: messages.map(({ message, sender, senderDevice }) => ({ message, sender, senderDevice })),
      });
    }
  }

  /** Whether the message may be forgotten by the server. */
  async #take(envelope: Envelope): Promise<boolean> {
    const reception = await receive(envelope, this.#parts);
    if (reception.kind === 'hold') return false;
    if (reception.kind === 'discard') {
      // A copy that was pushed and pulled is nothing to speak of.
      if (reception.reason !== 'DUPLICATE_MESSAGE') this.#handlers.onDiscarded(envelope, reception.reason);
      return true;
    }
    if (reception.kind === 'message') await this.#handlers.onMessage(reception.received);
    this.#handlers.onAnswer(envelope, reception.answer);
    return true;
  }

  #queued(work: () => Promise<void>): Promise<void> {
    const done = this.#tail.then(work);
    this.#tail = done.catch(() => {});
    return done;
  }
}
