// SPDX-License-Identifier: AGPL-3.0-only
import { WebSocket } from 'ws';

/** base64url without padding, as every byte string in a frame is written. */
export const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
/** The bytes of a base64url text. */
export const bytes = (encoded: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(encoded, 'base64url'));

/** A frame as it comes: a plain peer knows Sotto's schemas from the page alone. */
export type Frame = Record<string, ReturnType<typeof JSON.parse>>;

/** A refused request, with the server's code. */
export class Refused extends Error {
  readonly code: string;
  constructor(code: string, reason?: string) {
    super(reason ? `${code}: ${reason}` : code);
    this.code = code;
  }
}

/** A plain WebSocket client of docs/PROTOCOL.md: one reply a request, events queued so that none is missed. */
export class Wire {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<string, (frame: Frame) => void>();
  readonly #events: Frame[] = [];
  #wake: (() => void) | undefined;
  #requests = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => this.#receive(JSON.parse(String(data))));
    socket.on('close', () => {
      for (const answer of this.#waiting.values()) answer({ ok: false, error: { code: 'closed' } });
      this.#waiting.clear();
      this.#wake?.();
    });
  }

  /** Opens a connection. @throws when the server refuses it. */
  static open(url: string, ticket: string): Promise<Wire> {
    const socket = new WebSocket(url, ['sotto.v1', ticket]);
    const wire = new Wire(socket);
    return new Promise((resolve, reject) => {
      socket.on('open', () => resolve(wire));
      socket.on('error', reject);
    });
  }

  get closed(): boolean {
    return this.#socket.readyState !== WebSocket.OPEN;
  }

  /** Sends a request and gives the fields of its reply. @throws Refused */
  async request(action: string, fields: Frame = {}): Promise<Frame> {
    const id = `r${++this.#requests}`;
    const reply = new Promise<Frame>((resolve) => this.#waiting.set(id, resolve));
    this.#socket.send(JSON.stringify({ action, id, ...fields }));
    const frame = await reply;
    if (frame.ok !== true) throw new Refused(frame.error.code, frame.error.reason);
    return frame;
  }

  /** The next event, in the order of arrival; undefined once the connection is closed and all were read. */
  async event(): Promise<Frame | undefined> {
    while (this.#events.length === 0 && !this.closed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#events.shift();
  }

  /** Events that have arrived and nobody has read. */
  takeEvents(): Frame[] {
    return this.#events.splice(0);
  }

  async close(): Promise<void> {
    if (this.#socket.readyState === WebSocket.CLOSED) return;
    const closed = new Promise((resolve) => this.#socket.once('close', resolve));
    this.#socket.close();
    await closed;
  }

  #receive(frame: Frame): void {
    if (typeof frame.event === 'string') {
      this.#events.push(frame);
      this.#wake?.();
      return;
    }
    const answer = this.#waiting.get(frame.id);
    if (!answer) throw new Error(`a frame that answers nothing: ${JSON.stringify(frame)}`);
    this.#waiting.delete(frame.id);
    answer(frame);
  }
}
