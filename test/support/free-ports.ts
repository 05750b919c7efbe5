import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';

/** A port of 127.0.0.1 that is free for UDP and TCP. */
export async function freePort(): Promise<number> {
  for (;;) {
    const tcp = createServer();
    await once(tcp.listen(0, '127.0.0.1'), 'listening');
    const { port } = tcp.address() as AddressInfo;
    const udp = await bindUdp(port);
    await new Promise((closed) => tcp.close(closed));
    if (udp === undefined) continue;
    await new Promise<void>((closed) => udp.close(closed));
    return port;
  }
}

async function bindUdp(port: number): Promise<Socket | undefined> {
  const socket = createSocket('udp4');
  try {
    await once(socket.bind(port, '127.0.0.1'), 'listening');
    return socket;
  } catch {
    return undefined;
  }
}

/** Above Linux's own choice of ports (ip_local_port_range), so that nothing else takes one by chance. */
const FIRST = 61_000;
const SIZE = 64;
const WINDOWS = Math.floor((65_535 - FIRST) / SIZE);

/**
 * A row of ports that no other test has, for as long as it is held: coturn binds with SO_REUSEPORT, and two of them would share a port without a word. It is
 * held by the TCP port of its first number.
 */
export async function holdPorts(): Promise<{ first: number; last: number; release: () => Promise<void> }> {
  const start = Math.floor(Math.random() * WINDOWS);
  for (let i = 0; i < WINDOWS; i++) {
    const first = FIRST + ((start + i) % WINDOWS) * SIZE;
    const lock = await listen(first);
    if (!lock) continue;
    const release = () => new Promise<void>((released) => lock.close(() => released()));
    return { first, last: first + SIZE - 1, release };
  }
  throw new Error('no ports are free for a relay');
}

async function listen(port: number): Promise<Server | undefined> {
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
    return server;
  } catch {
    return undefined;
  }
}
