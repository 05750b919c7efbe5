import { WebSocket } from 'ws';
import type { ActionName, ReplyOf, RequestOf } from '../../shared/protocol/actions.ts';
import type { EventName, EventOf } from '../../shared/protocol/events.ts';
import { decodeReply, decodeServerFrame, encodeRequest, type ServerFrame } from '../../shared/protocol/frames.ts';
import { SUBPROTOCOL } from '../../shared/protocol/session.ts';

export type AnyEvent = { [Name in EventName]: EventOf<Name> }[EventName];
type Fields<Name extends ActionName> = Omit<RequestOf<Name>, 'action' | 'id'>;

/** A plain client over a real socket: typed requests, events in order of arrival, and nothing done on its own. */
export class TestClient {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<string, (frame: ServerFrame) => void>();
  readonly #events: AnyEvent[] = [];
  readonly #listeners = new Set<() => void>();
  #requests = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => this.#receive(decodeServerFrame(String(data))));
    socket.on('close', () => this.#wake());
  }

  /** @throws when the server refuses the connection */
  static open(url: string, ticket: string): Promise<TestClient> {
    return TestClient.over(new WebSocket(url, [SUBPROTOCOL, ticket]));
  }

  /** On a socket that is just being opened. @throws when the server refuses the connection */
  static over(socket: WebSocket): Promise<TestClient> {
    const client = new TestClient(socket);
    return new Promise((resolve, reject) => {
      socket.once('open', () => resolve(client));
      socket.once('error', reject);
    });
  }

  get closed(): boolean {
    return this.#socket.readyState === WebSocket.CLOSED;
  }

  /** Neither closed nor closing. */
  get open(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** @throws ProtocolError with the server's code */
  async request<Name extends ActionName>(name: Name, fields: Fields<Name>): Promise<ReplyOf<Name>> {
    const id = `t${++this.#requests}`;
    return decodeReply(
      name,
      await this.raw(id, encodeRequest(name, { ...fields, id } as Omit<RequestOf<Name>, 'action'>)),
    );
  }

  /** Sends any text and gives the fields of the reply to `id`. @throws ProtocolError, or Error when the connection is closed or closes */
  async raw(id: string, frame: string): Promise<Record<string, unknown>> {
    if (!this.open) throw new Error('closed before the request');
    const { promise, resolve, reject } = Promise.withResolvers<ServerFrame>();
    this.#waiting.set(id, resolve);
    const closed = () => this.closed && reject(new Error('closed before the reply'));
    this.#listeners.add(closed);
    try {
      this.#socket.send(frame);
      const answer = await promise;
      if (answer.kind === 'error') throw answer.error;
      if (answer.kind !== 'reply') throw new Error(`answered by ${answer.kind}`);
      return answer.fields;
    } finally {
      this.#waiting.delete(id);
      this.#listeners.delete(closed);
    }
  }

  /** The next event with a name, in the order of arrival. @throws when the connection closes first */
  async event<Name extends EventName>(name: Name): Promise<EventOf<Name>> {
    for (;;) {
      const index = this.#events.findIndex(({ event }) => event === name);
      if (index >= 0) return this.#events.splice(index, 1)[0] as EventOf<Name>;
      if (this.closed) throw new Error(`closed before the event ${name}`);
      await this.#changed();
    }
  }

  /** Events that have arrived and nobody has taken. */
  takeEvents(): AnyEvent[] {
    return this.#events.splice(0);
  }

  /** Resolves when the server has closed the connection. */
  async whenClosed(): Promise<void> {
    while (!this.closed) await this.#changed();
  }

  async close(): Promise<void> {
    this.#socket.close();
    await this.whenClosed();
  }

  /** Ends the connection without a word, as a network does. */
  terminate(): void {
    this.#socket.terminate();
  }

  #receive(frame: ServerFrame): void {
    if (frame.kind === 'event') this.#events.push(frame.event);
    // An answer without an id is one to a frame that had none: whoever waits is given it.
    else if (frame.kind === 'error' && frame.id === null) for (const answer of this.#waiting.values()) answer(frame);
    else if (frame.kind !== 'other') this.#waiting.get(frame.id ?? '')?.(frame);
    else for (const answer of this.#waiting.values()) answer(frame);
    this.#wake();
  }

  #changed(): Promise<void> {
    return new Promise((resolve) => {
      const once = () => {
        this.#listeners.delete(once);
        resolve();
      };
      this.#listeners.add(once);
    });
  }

  #wake(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
