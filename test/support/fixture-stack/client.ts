import { once } from 'node:events';
import { type ClientOptions, WebSocket } from 'ws';

type Frame = Record<string, unknown>;

/** A WebSocket client that keeps every frame until a test asks for it. */
export class Client {
  readonly socket: WebSocket;
  /** Resolves with the close code. */
  readonly closed: Promise<number>;
  readonly #frames: string[] = [];
  readonly #waiting: ((text: string) => void)[] = [];

  constructor(socket: WebSocket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('message', (data) => {
      const waiting = this.#waiting.shift();
      if (waiting) waiting(data.toString());
      else this.#frames.push(data.toString());
    });
  }

  send(frame: Frame): void {
    this.socket.send(JSON.stringify(frame));
  }

  /** The next frame, as text. */
  async nextText(): Promise<string> {
    return this.#frames.shift() ?? new Promise((resolve) => this.#waiting.push(resolve));
  }

  async next(): Promise<Frame> {
    return JSON.parse(await this.nextText());
  }

  /** Sends a frame and waits for the next one. */
  async ask(frame: Frame): Promise<Frame> {
    this.send(frame);
    return this.next();
  }

  /** The id that the gateway has given this connection. */
  async connectionId(): Promise<string> {
    const { connectionId } = await this.ask({ action: 'nobody knows this route' });
    return String(connectionId);
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }
}

/** Connects with a ticket of the fixture's authorizer, such as `allow.alice`. */
export async function connect(url: string, ticket: string, options: ClientOptions = {}): Promise<Client> {
  const socket = new WebSocket(url, ['fixture.v1', ticket], options);
  const client = new Client(socket);
  await once(socket, 'open');
  return client;
}

/** How a connection is refused: its HTTP status and body. */
export async function refusal(
  url: string,
  protocols: string[],
  options: ClientOptions = {},
): Promise<{ status: number; body: string }> {
  const socket = new WebSocket(url, protocols, options);
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>();
  socket.on('error', reject);
  socket.on('open', () => reject(new Error('the connection was not refused')));
  socket.on('unexpected-response', async (_request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() });
  });
  return promise;
}
