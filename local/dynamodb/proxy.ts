import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DynamoDbFault, Hooks } from '../faults/hooks.ts';
import type { Observe } from '../faults/observation.ts';
import type { Caller } from '../iam/callers.ts';
import { type Loopback, listenOnLoopback, readBody } from '../loopback.ts';
import type { TableSpec } from '../template/tables.ts';
import { type Exception, exceptionOf } from './faults.ts';
import { type Right, rightsOf } from './rights.ts';
import { unitsOf } from './units.ts';
import { type Answer, answerOf, Upstream } from './upstream.ts';

export interface ProxyOptions {
  /** URL of the database itself. */
  endpoint: string;
  region: string;
  account: string;
  tables: readonly TableSpec[];
  callerOf: (request: IncomingMessage, service: string) => Caller | undefined;
  killEnvironment: (environmentId: string) => Promise<void>;
  hooks: Hooks;
  observe: Observe;
  log: (text: string) => void;
}

type Request = Record<string, unknown>;

/** One request of a function that its role allows. */
interface Call {
  caller: Caller;
  operation: string;
  request: Request;
  tables: string[];
  /** Number of items in a transaction. */
  members: number;
}

/** DynamoDB's limit for a request, bytes. */
const LONGEST_REQUEST = 16 * 1024 * 1024;

const UNRECOGNIZED: Exception = {
  status: 400,
  name: 'UnrecognizedClientException',
  message: 'The security token included in the request is invalid.',
};

/** Stands between the functions and the database: checks each call against the caller's role, counts it, and lets it go wrong on demand. */
export async function startProxy(options: ProxyOptions): Promise<Loopback> {
  const upstream = new Upstream(options.endpoint);
  const proxy = new DynamoDbProxy(options, upstream);
  const server = await listenOnLoopback((request, response) => {
    proxy.serve(request, response).catch((error: unknown) => {
      // The database has gone, or the caller has; whoever is still there gets no answer, as from a service that cannot be reached.
      options.log(`DynamoDB: ${String(error)}\n`);
      response.destroy();
    });
  });
  return {
    url: server.url,
    close: async () => {
      await server.close();
      upstream.close();
    },
  };
}

class DynamoDbProxy {
  readonly #options: ProxyOptions;
  readonly #upstream: Upstream;

  constructor(options: ProxyOptions, upstream: Upstream) {
    this.#options = options;
    this.#upstream = upstream;
  }

  async serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = await this.#admit(incoming);
    if ('name' in call) return this.#refuse(call, response);
    const fault = await this.#options.hooks.dynamoDb?.({
      functionId: call.caller.functionId,
      environmentId: call.caller.environmentId,
      operation: call.operation,
      tables: call.tables,
      request: call.request,
    });
    if (fault) return this.#fail(fault, call, incoming, response);
    reply(response, await this.#forward(call, incoming));
  }

  /** The call, when it is one the caller may make; else what DynamoDB answers. */
  async #admit(incoming: IncomingMessage): Promise<Call | Exception> {
    const body = await readBody(incoming, LONGEST_REQUEST);
    const caller = this.#options.callerOf(incoming, 'dynamodb');
    if (!caller) return UNRECOGNIZED;
    const operation = String(incoming.headers['x-amz-target']).split('.')[1] ?? '';
    const request = parse(body);
    const rights = request && rightsOf(operation, request);
    if (!request || !rights) {
      return {
        status: 400,
        name: 'UnknownOperationException',
        message: `The local cloud does not serve ${operation}.`,
      };
    }
    const denied = rights
      .map((right) => caller.may(right.action, this.#resource(right)))
      .find((decision) => !decision.allowed);
    if (denied && !denied.allowed) return { status: 400, name: 'AccessDeniedException', message: denied.reason };
    const members = operation.startsWith('Transact') ? rights.length : 1;
    return { caller, operation, request, tables: [...new Set(rights.map(({ table }) => table))], members };
  }

  #resource({ table, index }: Right): string {
    const { region, account, tables } = this.#options;
    const arn =
      tables.find(({ name }) => name === table)?.arn ?? `arn:aws:dynamodb:${region}:${account}:table/${table}`;
    return index === undefined ? arn : `${arn}/index/${index}`;
  }

  #refuse(exception: Exception, response: ServerResponse): void {
    this.#options.log(`DynamoDB: ${exception.name}: ${exception.message}\n`);
    reply(response, answerOf(exception));
  }

  /** Carries the call out, asking for its capacity units; the caller sees them only when it asked too. */
  async #forward(call: Call, incoming: IncomingMessage): Promise<Answer> {
    const asked = call.request.ReturnConsumedCapacity !== undefined;
    const request = asked ? call.request : { ...call.request, ReturnConsumedCapacity: 'TOTAL' };
    const answer = await this.#upstream.send(incoming.headers, JSON.stringify(request));
    const { ConsumedCapacity, ...rest } = parse(answer.body) ?? {};
    const error = answer.status === 200 ? undefined : exceptionName(rest);
    this.#observe(call, answer.status, error, { ConsumedCapacity });
    return asked ? answer : { status: answer.status, body: JSON.stringify(rest) };
  }

  async #fail(fault: DynamoDbFault, call: Call, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#options.observe({ type: 'fault', at: 'dynamodb', kind: fault.kind });
    const applied = 'applied' in fault && fault.applied;
    if (applied) await this.#forward(call, incoming);
    if (fault.kind === 'crash') await this.#options.killEnvironment(call.caller.environmentId);
    const exception = exceptionOf(fault, call.operation, call.members);
    if (!exception) return;
    if (!applied) this.#observe(call, exception.status, exception.name, {});
    reply(response, answerOf(exception));
  }

  #observe(
    { caller, operation, tables, members }: Call,
    status: number,
    error: string | undefined,
    answer: Request,
  ): void {
    this.#options.observe({
      type: 'dynamodb',
      functionId: caller.functionId,
      operation,
      tables,
      status,
      ...(error === undefined ? {} : { error }),
      units: unitsOf(operation, answer, error, members),
    });
  }
}

function parse(text: string | undefined): Request | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function exceptionName(answer: Request): string {
  return String(answer.__type).split('#').at(-1) ?? 'Unknown';
}

function reply(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, {
    'content-type': 'application/x-amz-json-1.0',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}
