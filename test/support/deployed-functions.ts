import type { Context } from 'aws-lambda';
import { vi } from 'vitest';
import type { GatewayAnswer } from '../../functions/gateway.ts';
import { ENVIRONMENT } from '../../shared/environment.ts';
import type { ActionName, ReplyOf, RequestOf } from '../../shared/protocol/actions.ts';
import { decodeReply, decodeServerFrame, encodeRequest, type ServerFrame } from '../../shared/protocol/frames.ts';
import { signGuestTicket } from '../../shared/trust/ticket.ts';
import { captureLog } from './captured-log.ts';
import type { TestAccount } from './identities.ts';
import { seededBytes } from './identities.ts';
import { type RecordingGateway, startRecordingGateway } from './recording-gateway.ts';
import { startTables, type TestTables } from './tables.ts';

export const ENDPOINT = 'wss://test.example/dev';
const FUNCTIONS = ['authorizer', 'session', 'account', 'link', 'prekeys', 'message', 'call', 'relay'] as const;
const NO_CONTEXT = {} as Context;

type Handler = (event: unknown, context: Context) => Promise<GatewayAnswer>;
type Fields<Name extends ActionName> = Omit<RequestOf<Name>, 'action' | 'id'>;

/** One connection, as the gateway would hold it. */
export interface TestConnection {
  readonly id: string;
  /** The fields of the reply. @throws ProtocolError for an error reply */
  request<Name extends ActionName>(name: Name, fields: Fields<Name>): Promise<ReplyOf<Name>>;
  /** Sends any text on a route and returns the answer's text. */
  frame(route: string, text: string): Promise<string>;
  events(): ServerFrame[];
  disconnect(): Promise<void>;
}

/** The handlers themselves, with real clients, on real tables; in place of API Gateway stands this file. */
export class DeployedFunctions {
  readonly tables: TestTables;
  readonly gateway: RecordingGateway;
  /** What the functions wrote to their logs. */
  readonly log: readonly string[];
  readonly #handlers: ReadonlyMap<string, Handler>;
  #connections = 0;

  constructor(
    tables: TestTables,
    gateway: RecordingGateway,
    handlers: ReadonlyMap<string, Handler>,
    log: readonly string[],
  ) {
    this.tables = tables;
    this.gateway = gateway;
    this.#handlers = handlers;
    this.log = log;
  }

  /** Undefined when the authorizer or `$connect` refuses. */
  async connect(ticket: string, connectedAt = Date.now()): Promise<TestConnection | undefined> {
    const decision = (await this.#invoke('authorizer', {
      methodArn: 'arn:aws:execute-api:eu-central-1:0:api/dev/$connect',
      headers: { 'Sec-WebSocket-Protocol': `sotto.v1, ${ticket}` },
    })) as unknown as { policyDocument: { Statement: { Effect: string }[] }; context?: object };
    if (decision.policyDocument.Statement[0]?.Effect !== 'Allow') return undefined;
    const id = `connection-${++this.#connections}`;
    const event = (routeKey: string, body?: string) => ({
      requestContext: { routeKey, connectionId: id, connectedAt, authorizer: decision.context },
      ...(body === undefined ? {} : { body }),
    });
    const opened = await this.#invoke('session', event('$connect'));
    if (opened.statusCode !== 200) return undefined;

    const frame = async (route: string, text: string) => {
      const folder = route.includes('.') ? (route.split('.')[0] ?? '') : 'session';
      return (await this.#invoke(folder, event(route, text))).body ?? '';
    };
    return {
      id,
      frame,
      async request(name, fields) {
        const text = encodeRequest(name, { ...fields, id: 'r1' } as never);
        const reply = decodeServerFrame(await frame(name, text));
        if (reply.kind === 'error') throw reply.error;
        if (reply.kind !== 'reply') throw new Error(`not a reply: ${reply.kind}`);
        return decodeReply(name, reply.fields);
      },
      events: () => this.gateway.eventsOf(id),
      disconnect: async () => {
        await this.#invoke('session', event('$disconnect'));
      },
    };
  }

  /** @throws Error when it is refused */
  async guest(connectedAt = Date.now()): Promise<TestConnection> {
    const secret = seededBytes(`guest/${this.#connections}`);
    return orThrow(await this.connect(signGuestTicket(secret, ENDPOINT, Date.now()), connectedAt));
  }

  /** @throws Error when it is refused */
  async device(
    account: TestAccount,
    device: number,
    number: number,
    connectedAt = Date.now(),
  ): Promise<TestConnection> {
    return orThrow(await this.connect(account.ticket(device, ENDPOINT, Date.now(), number), connectedAt));
  }

  async close(): Promise<void> {
    await this.gateway.close();
    await this.tables.close();
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  }

  async #invoke(folder: string, event: unknown): Promise<GatewayAnswer> {
    const handler = this.#handlers.get(folder);
    if (!handler) throw new Error(`no function ${folder}`);
    return handler(event, NO_CONTEXT);
  }
}

function orThrow(connection: TestConnection | undefined): TestConnection {
  if (!connection) throw new Error('the connection was refused');
  return connection;
}

/** Starts tables and loads the handlers anew, as a cold start would. @param variables beside the ones that every deployment has */
export async function startFunctions(variables: Readonly<Record<string, string>> = {}): Promise<DeployedFunctions> {
  const tables = await startTables();
  const gateway = await startRecordingGateway();
  const environment = {
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL_DYNAMODB: tables.endpoint,
    [ENVIRONMENT.stage]: 'test',
    [ENVIRONMENT.endpoint]: ENDPOINT,
    [ENVIRONMENT.callbackUrl]: gateway.url,
    [ENVIRONMENT.admission]: 'open',
    [ENVIRONMENT.relayProvider]: 'none',
    ...Object.fromEntries(
      Object.entries(tables.names).map(([name, table]) => [ENVIRONMENT[name as keyof typeof tables.names], table]),
    ),
    ...variables,
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const log = captureLog();
  vi.resetModules();
  const handlers = new Map<string, Handler>();
  for (const folder of FUNCTIONS) {
    const module: { handler: Handler } = await import(`../../functions/${folder}/handler.ts`);
    handlers.set(folder, module.handler);
  }
  return new DeployedFunctions(tables, gateway, handlers, log);
}
