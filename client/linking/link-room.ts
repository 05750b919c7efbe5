import { constantTimeEqual } from '../../shared/protocol/bytes.ts';
import { ProtocolError } from '../../shared/protocol/errors.ts';
import { LINK_MS } from '../../shared/protocol/limits.ts';
import type { Requests } from '../identity/list-fetcher.ts';
import type { Connection, ServerEvent } from '../transport/connection.ts';
import type { Platform } from '../transport/platform.ts';
import { LinkError } from './link-error.ts';

/** A connection that may open rooms: a guest's or a device's. */
export interface LinkServer extends Pick<Requests, 'request'> {
  onEvent(listener: (event: ServerEvent) => void): () => void;
}

/** A guest's connection, which has nothing else to listen for. */
export function guestLinkServer(guest: Connection): LinkServer {
  return {
    request: (name, fields) => guest.request(name, fields),
    onEvent(listener) {
      guest.onEvent = listener;
      return () => {
        guest.onEvent = () => {};
      };
    },
  };
}

/** A meeting of two connections at the server, for two minutes by this device's own clock. Whoever enters must leave. */
export class LinkRoom {
  readonly #server: LinkServer;
  readonly #room: Uint8Array;
  readonly #arrived: Uint8Array[] = [];
  readonly #stop: (() => void)[] = [];
  #error: LinkError | undefined;
  #wake = () => {};

  private constructor(server: LinkServer, room: Uint8Array, after: Platform['after']) {
    this.#server = server;
    this.#room = room;
    this.#stop.push(server.onEvent((event) => this.#handle(event)));
    this.#stop.push(after(LINK_MS, () => this.#end(new LinkError('expired'))));
  }

  /**
   * @returns the room, and whether the other party waits in it
   * @throws LinkError `room-taken`; ProtocolError, TransportError
   */
  static async enter(
    server: LinkServer,
    room: Uint8Array,
    after: Platform['after'],
  ): Promise<{ room: LinkRoom; peer: boolean }> {
    const entered = new LinkRoom(server, room, after);
    try {
      const { peer } = await server.request('link.open', { room });
      return { room: entered, peer };
    } catch (error) {
      entered.leave();
      if (error instanceof ProtocolError && error.code === 'link-full') throw new LinkError('room-taken');
      throw error;
    }
  }

  /** @throws LinkError `expired` when the other party is gone; ProtocolError, TransportError */
  async send(data: Uint8Array): Promise<void> {
    if (this.#error) throw this.#error;
    try {
      await this.#server.request('link.send', { room: this.#room, data });
    } catch (error) {
      const isGone = error instanceof ProtocolError && (error.code === 'peer-gone' || error.code === 'link-unknown');
      throw isGone ? new LinkError('expired') : error;
    }
  }

  /** What the other party sends next. @throws LinkError `expired` */
  async next(): Promise<Uint8Array> {
    for (;;) {
      const data = this.#arrived.shift();
      if (data) return data;
      if (this.#error) throw this.#error;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
  }

  /** Whoever still waits gets `expired`. Harmless when repeated. */
  leave(): void {
    this.#end(new LinkError('expired'));
  }

  #handle(event: ServerEvent): void {
    if (event.event !== 'link' || !event.data || !constantTimeEqual(event.room, this.#room)) return;
    this.#arrived.push(event.data);
    this.#wake();
  }

  #end(error: LinkError): void {
    for (const stop of this.#stop.splice(0)) stop();
    this.#error ??= error;
    this.#wake();
  }
}
