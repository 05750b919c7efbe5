import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';

/** An http server that only this machine reaches. */
export interface Loopback {
  url: string;
  close(): Promise<void>;
}

/** A frozen environment keeps its sockets, as in AWS: the server must not be the one that closes them. Milliseconds. */
const KEEP_ALIVE = 30 * 60_000;

export async function listenOnLoopback(listener: RequestListener): Promise<Loopback> {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE }, listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the system gave no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The whole body of a request; undefined when it is longer than the limit, in bytes. */
export async function readBody(request: IncomingMessage, limit: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length <= limit) chunks.push(chunk);
  }
  return length > limit ? undefined : Buffer.concat(chunks).toString('utf8');
}
