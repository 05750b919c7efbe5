import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';

/** One request that a service got. */
export interface AwsRequest {
  /** `GetSecretValue`, `DescribeNetworkInterfaces`, `UpdateTaskProtection`, `Invoke`, or `metadata` for the task metadata. */
  readonly operation: string;
  readonly path: string;
  readonly body: string;
}

export interface AwsAnswer {
  readonly status?: number;
  readonly body: string;
}

type Script = (request: AwsRequest) => AwsAnswer;

/** The HTTP endpoints of the services that a relay asks and that are not emulated otherwise, with a script for each operation. */
export class FakeAws {
  readonly requests: AwsRequest[] = [];
  readonly url: string;
  readonly #scripts = new Map<string, Script>();
  readonly #close: () => Promise<void>;

  private constructor(url: string, close: () => Promise<void>) {
    this.url = url;
    this.#close = close;
  }

  static async start(): Promise<FakeAws> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (typeof address !== 'object' || address === null) throw new Error('no port');
    const fake = new FakeAws(`http://127.0.0.1:${address.port}`, async () => {
      server.close();
      server.closeAllConnections();
    });
    server.on('request', async (request, response) => {
      const { status = 200, body } = fake.#answer(await read(request));
      response.writeHead(status, { 'content-type': body.startsWith('<') ? 'text/xml' : 'application/x-amz-json-1.1' });
      response.end(body);
    });
    return fake;
  }

  /** What an operation is answered from now on. */
  script(operation: string, script: Script): void {
    this.#scripts.set(operation, script);
  }

  /** Bodies of the requests for an operation. */
  bodiesOf(operation: string): string[] {
    return this.requests.filter((request) => request.operation === operation).map(({ body }) => body);
  }

  close(): Promise<void> {
    return this.#close();
  }

  #answer(request: AwsRequest): AwsAnswer {
    this.requests.push(request);
    const script = this.#scripts.get(request.operation);
    if (script) return script(request);
    return { status: 400, body: JSON.stringify({ __type: 'AccessDeniedException', message: 'no script' }) };
  }
}

async function read(request: IncomingMessage): Promise<AwsRequest> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  const path = request.url ?? '/';
  return { operation: operationOf(request, path, body), path, body };
}

function operationOf(request: IncomingMessage, path: string, body: string): string {
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string') return target.slice(target.lastIndexOf('.') + 1);
  if (path.startsWith('/metadata/')) return 'metadata';
  if (path.endsWith('/invocations')) return 'Invoke';
  return new URLSearchParams(body).get('Action') ?? path;
}
