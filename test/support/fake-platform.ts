import type { Platform, PlatformHint, Socket, SocketHandlers } from '../../client/transport/platform.ts';

/** A machine whose time stands still until a test moves it, and whose network a test plays. */
export class FakePlatform implements Platform {
  /** What {@link random} answers. */
  chance = 0.5;
  online = true;
  /** Every socket that was ever opened, in order. */
  readonly sockets: FakeSocket[] = [];
  readonly timers = new Set<{ readonly at: number; readonly callback: () => void }>();
  readonly #watchers = new Set<(hint: PlatformHint) => void>();
  #now = 1_800_000_000_000;
  #dialed = Promise.withResolvers<void>();

  now(): number {
    return this.#now;
  }

  elapsed(): number {
    return this.#now;
  }

  random(): number {
    return this.chance;
  }

  after(milliseconds: number, callback: () => void): () => void {
    const timer = { at: this.#now + milliseconds, callback };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  isOnline(): boolean {
    return this.online;
  }

  watch(listener: (hint: PlatformHint) => void): () => void {
    this.#watchers.add(listener);
    return () => this.#watchers.delete(listener);
  }

  openSocket(url: string, protocols: readonly string[], handlers: SocketHandlers): Socket {
    const socket = new FakeSocket(url, protocols, handlers);
    this.sockets.push(socket);
    this.#dialed.resolve();
    this.#dialed = Promise.withResolvers();
    return socket;
  }

  get watchers(): number {
    return this.#watchers.size;
  }

  /** Sockets that neither side has closed. */
  get openSockets(): FakeSocket[] {
    return this.sockets.filter((socket) => !socket.ended);
  }

  /** The nth socket from 0, as soon as it is there. */
  async socket(n: number): Promise<FakeSocket> {
    for (;;) {
      const socket = this.sockets[n];
      if (socket) return socket;
      await this.#dialed.promise;
    }
  }

  hint(hint: PlatformHint): void {
    for (const watcher of this.#watchers) watcher(hint);
  }

  setBack(milliseconds: number): void {
    this.#now -= milliseconds;
  }

  /** Lets time pass; due timers are called in their order, also those that others set on the way. */
  advance(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (;;) {
      const [due] = [...this.timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (!due) break;
      this.timers.delete(due);
      this.#now = Math.max(this.#now, due.at);
      due.callback();
    }
    this.#now = end;
  }
}

/** The server's end of a socket, and what the client did with its own. */
export class FakeSocket implements Socket {
  readonly url: string;
  readonly protocols: readonly string[];
  /** Frames from the client. */
  readonly sent: Record<string, unknown>[] = [];
  accepted = false;
  ended = false;
  closedByClient = false;
  readonly #handlers: SocketHandlers;

  constructor(url: string, protocols: readonly string[], handlers: SocketHandlers) {
    this.url = url;
    this.protocols = protocols;
    this.#handlers = handlers;
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.closedByClient = true;
    this.ended = true;
  }

  accept(protocol = 'sotto.v1'): void {
    this.accepted = true;
    this.#handlers.opened(protocol);
  }

  /** The network or the server ends it, or never let it open. */
  drop(): void {
    this.ended = true;
    this.#handlers.closed();
  }

  receive(frame: unknown): void {
    this.#handlers.message(
      typeof frame === 'object' && !(frame instanceof ArrayBuffer) ? JSON.stringify(frame) : frame,
    );
  }

  /** Requests of an action that came in on this socket. */
  requests(action: string): Record<string, unknown>[] {
    return this.sent.filter((frame) => frame.action === action);
  }

  /** Answers the nth request of an action, from 0. */
  answer(action: string, fields: object, n = 0): void {
    this.receive({ id: this.requests(action)[n]?.id, ok: true, ...fields });
  }

  refuse(action: string, code: string, n = 0): void {
    this.receive({ id: this.requests(action)[n]?.id, ok: false, error: { code, message: '' } });
  }
}
