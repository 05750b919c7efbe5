import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeServerFrame, type ServerFrame } from '../../shared/protocol/frames.ts';

/** The connections API on a port of its own. It remembers what it was sent and says that connections are gone when told so. */
export interface RecordingGateway {
  readonly url: string;
  readonly posted: { readonly connection: string; readonly frame: string }[];
  readonly ended: string[];
  readonly gone: Set<string>;
  /** What a connection was sent, oldest first. */
  eventsOf(connection: string): ServerFrame[];
  close(): Promise<void>;
}

export async function startRecordingGateway(): Promise<RecordingGateway> {
  const posted: RecordingGateway['posted'] = [];
  const ended: string[] = [];
  const gone = new Set<string>();
  const server = createServer((request, response) => {
    const connection = decodeURIComponent(request.url?.split('/').at(-1) ?? '');
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (gone.has(connection)) {
        response.writeHead(410, { 'x-amzn-ErrorType': 'GoneException' }).end('{}');
        return;
      }
      if (request.method === 'DELETE') ended.push(connection);
      else posted.push({ connection, frame: Buffer.concat(chunks).toString() });
      response.writeHead(request.method === 'DELETE' ? 204 : 200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/dev`,
    posted,
    ended,
    gone,
    eventsOf: (connection) =>
      posted.filter((one) => one.connection === connection).map(({ frame }) => decodeServerFrame(frame)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
