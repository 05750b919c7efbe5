import { randomBytes } from 'node:crypto';
import { type Attribute, decode, encode, type Message } from './message.ts';
import { isChannel, type TurnSocket } from './socket.ts';
import { CLASS, type Method } from './types.ts';

/** No answer in time: nobody there, or the request was dropped. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
}

/** Milliseconds to the first repetition, doubled each time; so many times (RFC 8489 section 6.2.1, shortened). */
const FIRST_REPEAT = 500;
const ATTEMPTS = 4;

/** Makes up a request's attributes; some depend on its transaction. */
export type Attributes = (transaction: Uint8Array) => Attribute[];

/** What a server answered, and its bytes, which integrity is checked over. */
export interface Answer {
  readonly message: Message;
  readonly bytes: Buffer;
}

/** Requests and their answers over one socket. What is no answer goes to `onOther`. */
export class Transactions {
  readonly #socket: TurnSocket;
  readonly #waiting = new Map<string, PromiseWithResolvers<Answer>>();

  constructor(socket: TurnSocket, onOther: { message(message: Message): void; channel(frame: Buffer): void }) {
    this.#socket = socket;
    socket.onFrame((frame) => {
      if (isChannel(frame)) return onOther.channel(frame);
      const message = decode(frame);
      if (message === undefined) return;
      const answered = this.#waiting.get(Buffer.from(message.transaction).toString('hex'));
      if (answered) answered.resolve({ message, bytes: frame });
      else onOther.message(message);
    });
    void socket.closed.then(() => {
      for (const { reject } of this.#waiting.values()) reject(new NoAnswerError('the connection has ended'));
    });
  }

  /** @throws NoAnswerError after some seven seconds, or when the connection ends */
  async ask(method: Method, attributes: Attributes, key?: Uint8Array): Promise<Answer> {
    const transaction = randomBytes(12);
    const bytes = encode({ method, class: CLASS.request, transaction, attributes: attributes(transaction) }, key);
    const id = transaction.toString('hex');
    const waiting = Promise.withResolvers<Answer>();
    let timer: NodeJS.Timeout | undefined;
    const attempt = (left: number, wait: number): void => {
      if (left === ATTEMPTS || !this.#socket.reliable) this.#socket.send(bytes);
      timer = setTimeout(() => {
        if (left === 1) waiting.reject(new NoAnswerError('no answer'));
        else attempt(left - 1, wait * 2);
      }, wait);
    };
    this.#waiting.set(id, waiting);
    attempt(ATTEMPTS, FIRST_REPEAT);
    try {
      return await waiting.promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
    }
  }

  indicate(method: Method, attributes: Attributes): void {
    const transaction = randomBytes(12);
    this.#socket.send(encode({ method, class: CLASS.indication, transaction, attributes: attributes(transaction) }));
  }
}
