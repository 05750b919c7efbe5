import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/** Ports of one relay, for as long as they are held. */
export interface RelayPorts {
  /** For UDP and TCP. */
  listen: number;
  min: number;
  max: number;
  release(): Promise<void>;
}

/** The relayed ports are among those that the template names too (49152 to 65535); a window has room for the template's quota. */
const FIRST = 49_152;
const SIZE = 512;
const WINDOWS = 23;

/**
 * Ports that no other relay of this machine has: coturn binds with SO_REUSEPORT, and two of them would share a port without a word. A window is held by the TCP
 * port of its first number.
 * @throws when there are none, after so many relays
 */
export async function holdRelayPorts(address: string): Promise<RelayPorts> {
  for (let window = 0; window < WINDOWS; window++) {
    const min = FIRST + window * SIZE;
    const lock = await listenOn(min);
    if (lock === undefined) continue;
    const release = async (): Promise<void> => {
      lock.close();
      await once(lock, 'close');
    };
    return { listen: await freePort(address), min, max: min + SIZE - 1, release };
  }
  throw new Error('no ports are free for a relay');
}

async function freePort(address: string): Promise<number> {
  for (;;) {
    const server = createServer().listen(0, address);
    await once(server, 'listening');
    const bound = server.address();
    const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
    const free = await isFreeForUdp(port, address);
    server.close();
    await once(server, 'close');
    const isRelayed = port >= FIRST && port < FIRST + SIZE * WINDOWS;
    if (free && !isRelayed) return port;
  }
}

async function isFreeForUdp(port: number, address: string): Promise<boolean> {
  const socket = createSocket('udp4');
  try {
    socket.bind(port, address);
    await once(socket, 'listening');
    socket.close();
    return true;
  } catch {
    return false;
  }
}

async function listenOn(port: number): Promise<Server | undefined> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return server.unref();
  } catch {
    return undefined;
  }
}
