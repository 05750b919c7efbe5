import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { Clock } from '../clock.ts';
import type { ConnectionFacts } from './events.ts';
import { frameSizes } from './frame-sizes.ts';
import { CLOSE, LIMITS } from './limits.ts';

export interface ConnectionEvents {
  message(connection: Connection, text: string): void;
  sent(connection: Connection, bytes: number): void;
  closed(connection: Connection, code: number, reason: string): void;
}

/** One open connection: its limits, its timers, and nothing about what is said on it. */
export class Connection {
  readonly facts: ConnectionFacts;
  readonly #webSocket: WebSocket;
  readonly #clock: Clock;
  readonly #events: ConnectionEvents;
  readonly #cancelLifetime: () => void;
  #cancelIdle: () => void = () => {};
  #lastActiveAt: number;
  #closeReason: { code: number; reason: string } | undefined;

  /** @param socket the connection underneath, on which the sizes of frames are read: the WebSocket library shows whole messages only */
  constructor(facts: ConnectionFacts, webSocket: WebSocket, socket: Socket, clock: Clock, events: ConnectionEvents) {
    this.facts = facts;
    this.#webSocket = webSocket;
    this.#clock = clock;
    this.#events = events;
    this.#lastActiveAt = clock.now();
    this.#cancelLifetime = clock.after(LIMITS.lifetimeMs, () => this.close(CLOSE.goingAway, 'Going away'));
    this.#touch();

    const tap = frameSizes((bytes) => {
      if (bytes > LIMITS.frameBytes) this.close(CLOSE.tooBig, 'Frame too big');
    });
    // Before the library's own listener: a frame that is too long must be known before the message it belongs to comes out.
    socket.prependListener('data', tap);
    webSocket.on('message', (data, isBinary) => this.#receive(data.toString(), isBinary));
    // The library tells of a broken protocol and closes by itself, with the right code.
    webSocket.on('error', () => {});
    webSocket.once('close', (code, reason) => this.#ended(code, reason.toString()));
  }

  /** The close has begun; nothing more goes in or out. */
  get closing(): boolean {
    return this.#closeReason !== undefined;
  }

  get lastActiveAt(): number {
    return this.#lastActiveAt;
  }

  /** Sends a text, in frames of at most 32 KB. */
  send(text: string): void {
    const bytes = Buffer.from(text);
    this.#touch();
    for (let start = 0; start === 0 || start < bytes.length; start += LIMITS.frameBytes) {
      const end = start + LIMITS.frameBytes;
      this.#webSocket.send(bytes.subarray(start, end), { binary: false, fin: end >= bytes.length });
    }
    this.#events.sent(this, bytes.length);
  }

  close(code: number, reason: string): void {
    if (this.#closeReason) return;
    this.#closeReason = { code, reason };
    this.#webSocket.close(code, reason);
  }

  /** Ends the connection without a word, as a network does. */
  cut(): void {
    this.#webSocket.terminate();
  }

  #receive(text: string, isBinary: boolean): void {
    if (this.#closeReason) return;
    if (isBinary) this.close(CLOSE.unsupportedData, 'Binary frames are not supported');
    else {
      this.#touch();
      this.#events.message(this, text);
    }
  }

  #touch(): void {
    this.#lastActiveAt = this.#clock.now();
    this.#cancelIdle();
    this.#cancelIdle = this.#clock.after(LIMITS.idleMs, () => this.close(CLOSE.goingAway, 'Going away'));
  }

  #ended(code: number, reason: string): void {
    this.#cancelIdle();
    this.#cancelLifetime();
    const { code: ownCode = code, reason: ownReason = reason } = this.#closeReason ?? {};
    this.#closeReason ??= { code, reason };
    this.#events.closed(this, ownCode, ownReason);
  }
}
