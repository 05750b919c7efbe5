import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { Refusal } from './refusal.ts';

/** What answers at the front door. */
export interface Service {
  /** The JSON of `GET /health`. */
  health(): unknown;
  upgrade(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void>;
}

/** The one server that clients reach. It is bound before anything else starts, so that a taken port is known at once. */
export interface Front {
  /** `127.0.0.1:8787`, with the port that was really taken. */
  authority: string;
  secure: boolean;
  open(service: Service): void;
  close(): Promise<void>;
}

export interface FrontOptions {
  host: string;
  /** 0: any free one. */
  port: number;
  /** With a certificate the front speaks https and wss. */
  tls?: { key: string; cert: string };
}

/** @throws Refusal when the port is taken or the address is not one of this machine's */
export async function bindFront({ host, port, tls }: FrontOptions): Promise<Front> {
  const server = tls ? createTlsServer(tls) : createServer();
  let service: Service | undefined;
  server.on('request', (request, response) => {
    if (!service) return void response.writeHead(503).end();
    const known = new URL(request.url ?? '/', 'http://local').pathname === '/health' && request.method === 'GET';
    response.writeHead(known ? 200 : 404, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(JSON.stringify(known ? service.health() : { message: 'Not Found' }));
  });
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    if (!service) return void socket.destroy();
    service.upgrade(request, socket, head).catch(() => socket.destroy());
  });
  // The server forgets a socket that is upgraded, and would wait for it for ever at the end.
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const bound = await listen(server, host, port);
  return {
    authority: `${host.includes(':') ? `[${host}]` : host}:${bound}`,
    secure: tls !== undefined,
    open: (opened) => {
      service = opened;
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

async function listen(server: Server, host: string, port: number): Promise<number> {
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : String(error);
    if (code === 'EADDRINUSE')
      throw new Refusal(
        `Port ${port} is already taken: end the program that uses it, or choose another one with --port.`,
      );
    if (code === 'EACCES')
      throw new Refusal(`Port ${port} may not be used by an ordinary user: choose one above 1023 with --port.`);
    throw new Refusal(`${host} is not an address of this machine (${code}): choose one of its own with --host.`);
  }
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the system gave no port');
  return address.port;
}
