import type { CryptoProvider } from '../signal-protocol/index.ts';

/** What the client needs of the machine it runs on; everything that a test replaces. */
export interface Platform {
  /** The machine's own cryptography. Absent: WebCrypto where it has what is needed, JavaScript where not. */
  readonly crypto?: CryptoProvider;
  /** Milliseconds since 1970, by the machine's clock. */
  now(): number;
  /** Milliseconds that only grow, from anywhere: they do not jump when somebody sets the clock. */
  elapsed(): number;
  /** Calls back once after so many milliseconds, unless the function returned is called first. */
  after(milliseconds: number, callback: () => void): () => void;
  /** From 0 inclusive to 1 exclusive; spreads load, guards nothing. */
  random(): number;
  /** Opens a WebSocket. `handlers.closed` is called exactly once, also when the socket never opens. */
  openSocket(url: string, protocols: readonly string[], handlers: SocketHandlers): Socket;
  /** False when the machine says that it has no network. A hint: it changes when the transport tries, never whether it does. */
  isOnline(): boolean;
  /** Reports hints until the function returned is called. */
  watch(listener: (hint: PlatformHint) => void): () => void;
}

/** The network came, the network went, the person came back to the application. */
export type PlatformHint = 'online' | 'offline' | 'foreground';

export interface Socket {
  send(text: string): void;
  close(): void;
}

export interface SocketHandlers {
  /** @param protocol the subprotocol that the server chose */
  opened(protocol: string): void;
  /** @param data text, or anything else that does not belong here */
  message(data: unknown): void;
  closed(): void;
}

/** The parts that browsers and Node have in common. */
export const webPlatform: Pick<Platform, 'now' | 'elapsed' | 'after' | 'random' | 'openSocket'> = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  random: () => Math.random(),
  after(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
  openSocket(url, protocols, handlers) {
    const socket = new WebSocket(url, [...protocols]);
    socket.onopen = () => handlers.opened(socket.protocol);
    socket.onmessage = ({ data }: MessageEvent<unknown>) => handlers.message(data);
    // An error is always followed by this, and says nothing that it does not.
    socket.onclose = () => handlers.closed();
    return { send: (text) => socket.send(text), close: () => socket.close() };
  },
};
