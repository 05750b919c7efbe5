// A WebSocket server that stands between clients and a deployment. It passes on what clients say, and hands what the server says to somebody
// who decides what the client gets to hear.

import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import type { Json } from './schema-fields.ts';

export type Frame = { [key: string]: Json };

/** One client's connection. */
export interface Line {
  readonly id: number;
  /** What the connection was asked with; `sotto.v1` and the ticket. */
  readonly protocols: readonly string[];
  /** Says something to the client, as the server. */
  tell(frame: Frame): void;
  /** Ends the connection. */
  cut(): void;
}

export interface Interceptor {
  /** A client's frame, which goes to the server as it is. */
  fromClient(frame: Frame, line: Line): void;
  /** A frame of the server; the client hears only what the interceptor tells it. */
  fromServer(frame: Frame, line: Line): void;
}

export interface ManInTheMiddle {
  /** Where clients connect to. Tickets are signed for the deployment all the same. */
  readonly url: string;
  close(): Promise<void>;
}

/** @param upstream URL of the deployment */
export async function startManInTheMiddle(upstream: string, interceptor: Interceptor): Promise<ManInTheMiddle> {
  const http = createServer((_, response) => response.writeHead(426).end());
  const server = new WebSocketServer({ noServer: true, handleProtocols: (offered) => [...offered][0] ?? false });
  const sockets = new Set<WebSocket>();
  let lines = 0;

  http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const protocols = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((one) => one.trim());
    const above = new WebSocket(upstream, protocols);
    sockets.add(above);
    above.on('close', () => sockets.delete(above));
    // A refused connection stays one, as the gateway does it.
    above.on('error', () => socket.destroy());
    above.once('open', () =>
      server.handleUpgrade(request, socket, head, (below) => {
        sockets.add(below);
        below.on('close', () => sockets.delete(below));
        join(below, above, { id: ++lines, protocols }, interceptor);
      }),
    );
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${port}`,
    async close() {
      for (const socket of sockets) socket.terminate();
      server.close();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

function join(
  below: WebSocket,
  above: WebSocket,
  line: Pick<Line, 'id' | 'protocols'>,
  interceptor: Interceptor,
): void {
  const open: Line = {
    ...line,
    tell: (frame) => {
      if (below.readyState === WebSocket.OPEN) below.send(JSON.stringify(frame));
    },
    cut: () => below.close(),
  };
  below.on('message', (data) => {
    const frame = parse(String(data));
    if (frame) interceptor.fromClient(frame, open);
    if (above.readyState === WebSocket.OPEN) above.send(String(data));
  });
  above.on('message', (data) => {
    const frame = parse(String(data));
    if (frame) interceptor.fromServer(frame, open);
  });
  below.on('close', () => above.close());
  above.on('close', () => below.close());
  below.on('error', () => above.terminate());
}

function parse(text: string): Frame | undefined {
  const value: unknown = JSON.parse(text);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Frame) : undefined;
}
