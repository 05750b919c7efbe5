import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../clock.ts';
import type { Hooks, ManagementFault } from '../faults/hooks.ts';
import type { Observe } from '../faults/observation.ts';
import type { Caller } from '../iam/callers.ts';
import { type Loopback, listenOnLoopback, readBody } from '../loopback.ts';
import type { Api } from '../template/api.ts';
import { executeApiArn } from './events.ts';
import type { Gateway } from './gateway.ts';
import { CLOSE, LIMITS } from './limits.ts';

export interface ManagementOptions {
  api: Api;
  gateway: Gateway;
  callerOf: (request: IncomingMessage, service: string) => Caller | undefined;
  killEnvironment: (environmentId: string) => Promise<void>;
  clock: Clock;
  hooks: Hooks;
  observe: Observe;
  log: (text: string) => void;
}

type Method = 'GET' | 'POST' | 'DELETE';

interface Call {
  caller: Caller;
  method: Method;
  connectionId: string;
  body: string;
}

interface Answer {
  status: number;
  /** Name of the exception, when it is one. */
  error?: string;
  body?: unknown;
}

const GONE: Answer = { status: 410, error: 'GoneException' };
const THROTTLED: Answer = { status: 429, error: 'LimitExceededException' };
const SERVER_ERROR: Answer = { status: 500, error: 'InternalServerErrorException' };

/** The @connections API by which functions push to clients, look at connections and close them. */
export async function startManagement(options: ManagementOptions): Promise<Loopback> {
  const management = new Management(options);
  return listenOnLoopback((request, response) => {
    management.serve(request, response).catch((error: unknown) => {
      options.log(`@connections: ${String(error)}\n`);
      response.destroy();
    });
  });
}

class Management {
  readonly #options: ManagementOptions;

  constructor(options: ManagementOptions) {
    this.#options = options;
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = await this.#admit(request);
    if ('status' in call) return reply(response, call);
    const { caller, method, connectionId, body } = call;
    const fault = await this.#options.hooks.management?.({
      functionId: caller.functionId,
      environmentId: caller.environmentId,
      method,
      connectionId,
      body,
    });
    const answer = fault ? await this.#fail(fault, call) : this.#carryOut(call);
    if (!answer) return;
    const bytes = Buffer.byteLength(body);
    this.#options.observe({ type: 'management', functionId: caller.functionId, method, status: answer.status, bytes });
    reply(response, answer);
  }

  async #admit(request: IncomingMessage): Promise<Call | Answer> {
    const { api, callerOf, log } = this.#options;
    const body = await readBody(request, LIMITS.postBytes);
    const method = methodOf(request.method);
    const path = /^\/([^/]+)\/@connections\/([^/]+)$/.exec(new URL(request.url ?? '/', 'http://local').pathname);
    const caller = callerOf(request, 'execute-api');
    if (!caller) return forbidden('The security token included in the request is invalid.');
    if (!method || path?.[1] !== api.stage) return forbidden('Forbidden');
    const connectionId = decodeURIComponent(path[2] ?? '');
    const decision = caller.may(
      'execute-api:ManageConnections',
      executeApiArn(api, `${api.stage}/${method}/@connections/${connectionId}`),
    );
    if (!decision.allowed) {
      log(`@connections: ${decision.reason}\n`);
      return forbidden(decision.reason);
    }
    if (body === undefined) return { status: 413, error: 'PayloadTooLargeException' };
    return { caller, method, connectionId, body };
  }

  #carryOut({ method, connectionId, body }: Call): Answer {
    const connection = this.#options.gateway.find(connectionId);
    if (!connection) return GONE;
    switch (method) {
      case 'POST':
        connection.send(body);
        return { status: 200 };
      case 'DELETE':
        connection.close(CLOSE.normal, 'Connection closed by the service');
        return { status: 204 };
      case 'GET': {
        const { connectedAt, identity } = connection.facts;
        const times = { connectedAt: isoTime(connectedAt), lastActiveAt: isoTime(connection.lastActiveAt) };
        return { status: 200, body: { ...times, identity } };
      }
    }
  }

  /** Undefined: there is no answer. */
  async #fail(fault: ManagementFault, call: Call): Promise<Answer | undefined> {
    const { observe, clock, killEnvironment } = this.#options;
    observe({ type: 'fault', at: 'management', kind: fault.kind });
    if ('applied' in fault && fault.applied) this.#carryOut(call);
    switch (fault.kind) {
      case 'gone':
        return GONE;
      case 'throttled':
        return THROTTLED;
      case 'server error':
        return SERVER_ERROR;
      case 'no answer':
        return undefined;
      case 'crash':
        await killEnvironment(call.caller.environmentId);
        return undefined;
      case 'duplicated':
        this.#carryOut(call);
        return this.#carryOut(call);
      case 'delayed':
        clock.after(fault.milliseconds, () => this.#carryOut(call));
        return { status: 200 };
    }
  }
}

function methodOf(method = ''): Method | undefined {
  return method === 'GET' || method === 'POST' || method === 'DELETE' ? method : undefined;
}

function forbidden(message: string): Answer {
  return { status: 403, error: 'ForbiddenException', body: { message } };
}

/** Without milliseconds, as the service writes times. */
function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

function reply(response: ServerResponse, { status, error, body }: Answer): void {
  const headers = error === undefined ? {} : { 'x-amzn-ErrorType': error };
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(body === undefined && status !== 204 ? '{}' : JSON.stringify(body));
}
