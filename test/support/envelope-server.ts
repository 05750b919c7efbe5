import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { ProtocolError } from '../../shared/protocol/errors.ts';
import { decodeRequest, encodeError, encodeReply, parseFrame } from '../../shared/protocol/frames.ts';
import { SUBPROTOCOL } from '../../shared/protocol/session.ts';
import { parseTicket, refuseTicket, type Ticket } from '../../shared/trust/ticket.ts';

/** What the server does to one request. */
export interface Mischief {
  /** Ends the connection before or after the request was carried out. */
  readonly drop?: 'before' | 'after';
  /** Carries it out and never answers. */
  readonly silent?: boolean;
  /** Answers `unavailable` without carrying it out. */
  readonly unavailable?: boolean;
  /** Milliseconds by which the answer comes later: answers overtake each other. */
  readonly delay?: number;
  /** Answers twice. */
  readonly repeat?: boolean;
}

type Request = ReturnType<typeof decodeRequest>;

/** A small real server for one device, with the protocol's rules for tickets, envelopes and newest-wins, which behaves badly on request. */
export class EnvelopeServer {
  /** Messages in the order in which they were stored. */
  readonly stored = new Set<string>();
  /** How many requests to send came in, repeats included. */
  sends = 0;
  readonly sockets = new Set<WebSocket>();
  /** Highest number of connections open at a time. */
  mostSockets = 0;
  mischief: (request: Request) => Mischief = () => ({});
  readonly #http: Server;
  readonly #webSockets = new WebSocketServer({ noServer: true, handleProtocols: () => SUBPROTOCOL });
  readonly #connectKey: Uint8Array;
  #lastNumber = 0;
  #current: WebSocket | undefined;

  private constructor(http: Server, connectKey: Uint8Array) {
    this.#http = http;
    this.#connectKey = connectKey;
    http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  static async start(connectKey: Uint8Array): Promise<EnvelopeServer> {
    const http = createServer();
    await new Promise<void>((listening) => http.listen(0, '127.0.0.1', listening));
    return new EnvelopeServer(http, connectKey);
  }

  get endpoint(): string {
    const { port } = this.#http.address() as AddressInfo;
    return `ws://127.0.0.1:${port}/live`;
  }

  /** Resolves when no connection is open any more. */
  async idle(): Promise<void> {
    while (this.sockets.size > 0) await Promise.all([...this.sockets].map((socket) => once(socket, 'close')));
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.terminate();
    await new Promise((closed) => this.#http.close(closed));
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const [, offered = ''] = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((part) => part.trim());
    const ticket = parseTicket(offered);
    if (!ticket || this.#refusal(ticket)) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
      return;
    }
    this.#webSockets.handleUpgrade(request, socket, head, (client) => {
      this.sockets.add(client);
      this.mostSockets = Math.max(this.mostSockets, this.sockets.size);
      client.on('close', () => this.sockets.delete(client));
      if (ticket.kind === 'device') {
        this.#lastNumber = ticket.number;
        this.#current = client;
      }
      client.on('message', (data) => this.#receive(client, ticket, String(data)));
    });
  }

  #refusal(ticket: Ticket) {
    const key = ticket.kind === 'guest' ? ticket.publicKey : this.#connectKey;
    const refusal = refuseTicket(ticket, key, this.endpoint, Date.now());
    if (refusal === 'ticket-signature') return 'device-unknown';
    return refusal ?? (ticket.kind === 'device' && ticket.number <= this.#lastNumber ? 'ticket-replayed' : undefined);
  }

  #receive(client: WebSocket, ticket: Ticket, text: string): void {
    const frame = parseFrame(text);
    if (frame.action === 'ping') {
      client.send('{"event":"pong"}');
      return;
    }
    const request = decodeRequest(frame);
    if (request.action === 'message.send') this.sends += 1;
    const mischief = this.mischief(request);
    if (mischief.drop === 'before') {
      client.terminate();
      return;
    }
    if (mischief.unavailable) {
      client.send(encodeError(request.id, new ProtocolError('unavailable')));
      return;
    }
    const answer = this.#carryOut(client, ticket, request);
    if (mischief.drop === 'after') client.terminate();
    if (mischief.drop || mischief.silent) return;
    const send = () => {
      for (let i = mischief.repeat ? 2 : 1; i > 0; i--) client.send(answer);
    };
    if (mischief.delay) setTimeout(send, mischief.delay);
    else send();
  }

  #carryOut(client: WebSocket, ticket: Ticket, request: Request): string {
    if (ticket.kind === 'device' && client !== this.#current) {
      return encodeError(request.id, new ProtocolError('not-current'));
    }
    if (request.action === 'hello') {
      const asked = request.ticket === undefined ? undefined : parseTicket(request.ticket);
      const refused = asked && this.#refusal(asked);
      const caller = { kind: 'guest' } as const;
      return encodeReply('hello', request.id, {
        time: Date.now(),
        admission: 'open',
        caller,
        ...(refused ? { refused } : {}),
      });
    }
    if (request.action === 'message.pull') return encodeReply('message.pull', request.id, { messages: [] });
    if (request.action !== 'message.send') return encodeError(request.id, new ProtocolError('not-allowed'));
    // The same message again stores nothing: that is the real server's rule too.
    this.stored.add(request.message);
    const devices = request.devices.map(({ device }) => ({ device, status: 'stored' as const }));
    return encodeReply('message.send', request.id, { devices, sequence: 1 });
  }
}
