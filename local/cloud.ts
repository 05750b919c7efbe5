import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { addressRewriter } from './addresses.ts';
import { type Clock, systemClock } from './clock.ts';
import { takeDataFolder } from './data-folder.ts';
import { findBinary, startEmulator } from './dynamodb/emulator.ts';
import { startExpiry } from './dynamodb/expiry.ts';
import { checkDatabase } from './dynamodb/external.ts';
import { startProxy } from './dynamodb/proxy.ts';
import { createTables } from './dynamodb/tables.ts';
import { DATABASE_KEY } from './dynamodb/upstream.ts';
import { startEcs } from './ecs/ecs.ts';
import { LocalService } from './ecs/service.ts';
import type { Hooks } from './faults/hooks.ts';
import type { Observe } from './faults/observation.ts';
import { bindFront } from './front.ts';
import { Gateway } from './gateway/gateway.ts';
import { Integrations } from './gateway/integration.ts';
import { startManagement } from './gateway/management.ts';
import { createCallers } from './iam/callers.ts';
import { LambdaService } from './lambda/service.ts';
import { environmentVariables } from './lambda/variables.ts';
import type { LocalRelays } from './relay/fleet.ts';
import { openRelays } from './relay/open.ts';
import { startSchedules } from './schedule.ts';
import { startSecretsManager } from './secrets/manager.ts';
import { Vault } from './secrets/vault.ts';
import { type CloudModel, readModel } from './template/model.ts';

export interface CloudOptions {
  /** Directory with the output of `cdk synth`, code assets included. */
  assembly: string;
  /** Needed only when the application has several stacks. */
  stackName?: string;
  /** Folder that keeps the tables between two starts. */
  data: string;
  /** Default 0: any free port. */
  port?: number;
  /** Address to listen on; default 127.0.0.1. */
  host?: string;
  tls?: { key: string; cert: string };
  /** A DynamoDB to use in place of the embedded one, for instance AWS's DynamoDB Local; http only. */
  databaseEndpoint?: string;
  /** Whether the relays of the template run; default: no, since one takes a second to start and only calls need it. They keep the machine's time. */
  relay?: boolean;
  clock?: Clock;
  hooks?: Hooks;
  observe?: Observe;
  /** Gets what the functions write and what goes wrong; default: standard error. */
  log?: (text: string) => void;
}

/** A running local cloud. */
export interface LocalCloud {
  /** The WebSocket URL that clients use, and sign. */
  url: string;
  /** http or https URL of the health page. */
  health: string;
  /** The database itself, without roles or hooks between: for tests that look at the tables. Any credentials do. */
  databaseEndpoint: string;
  region: string;
  /** Physical names of the tables, by logical id. */
  tables: Readonly<Record<string, string>>;
  /** ARNs of the secrets, by logical id, and their values: for tests, without roles between. */
  secrets: Readonly<Record<string, string>>;
  vault: Vault;
  /** The services of ECS, with the tasks that they have been told of. */
  services: readonly LocalService[];
  /** The relays that run, where they were asked for and the template has some. */
  relay: LocalRelays | undefined;
  gateway: Gateway;
  lambda: LambdaService;
  /** Resolves with a sentence when the embedded database ends unexpectedly. */
  died: Promise<string>;
  /** Tells open connections, ends everything, and leaves the data on disk. */
  close(): Promise<void>;
}

/** Open connections get this long to be told of the end, milliseconds. */
const CLOSING_PATIENCE = 2000;

/**
 * Runs the synthesized stack on this machine.
 * @throws Refusal with one sentence for a person, after taking down again whatever had been started
 */
export async function startLocalCloud(options: CloudOptions): Promise<LocalCloud> {
  const closers: (() => Promise<void> | void)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    return await start(
      options,
      readModel(options.assembly, options.stackName),
      (closer) => closers.push(closer),
      close,
    );
  } catch (error) {
    await close();
    throw error;
  }
}

type OnClose = (closer: () => Promise<void> | void) => void;

async function start(
  options: CloudOptions,
  model: CloudModel,
  onClose: OnClose,
  close: () => Promise<void>,
): Promise<LocalCloud> {
  const {
    clock = systemClock,
    hooks = {},
    observe = () => {},
    log = (text: string) => void process.stderr.write(text),
  } = options;
  const { api, region, account } = model;

  const database = await openDatabase(options, onClose);
  const tls = options.tls ? { tls: options.tls } : {};
  const front = await bindFront({ host: options.host ?? '127.0.0.1', port: options.port ?? 0, ...tls });
  onClose(front.close);
  const url = `${front.secure ? 'wss' : 'ws'}://${front.authority}/${api.stage}`;

  const credentials = { accessKeyId: DATABASE_KEY, secretAccessKey: 'not-a-secret' };
  const client = new DynamoDBClient({ region, endpoint: database.endpoint, credentials });
  onClose(() => client.destroy());
  await createTables(client, model.tables);
  onClose(startExpiry(client, model.tables, clock, log));

  const callerOf = createCallers([...model.functions, ...(model.relay ? [model.relay] : [])], model.roles);
  const killEnvironment = (environmentId: string): Promise<void> => lambda.kill(environmentId);
  const shared = { callerOf, killEnvironment, clock, hooks, observe, log };
  const proxy = await startProxy({ ...shared, endpoint: database.endpoint, region, account, tables: model.tables });
  onClose(proxy.close);

  const vault = await Vault.open(database.directory, model.secrets, clock.now());
  const manager = await startSecretsManager({ secrets: model.secrets, vault, callerOf, clock, observe, log });
  onClose(manager.close);
  const services = model.services.map((spec) => new LocalService(spec, clock));
  const ecs = await startEcs({ services, region, account, callerOf, observe, log });
  onClose(ecs.close);
  const addresses = { region, dynamoDb: proxy.url, secretsManager: manager.url, ecs: ecs.url };

  const lambda: LambdaService = new LambdaService({
    functions: model.functions,
    variables: (spec) => environmentVariables(spec, { ...addresses, rewrite }),
    clock,
    hooks,
    observe,
    log,
  });
  onClose(() => lambda.close());
  const gateway = new Gateway({
    api,
    integrations: new Integrations(api, lambda, model.mayInvoke, clock, log),
    clock,
    hooks,
    observe,
  });
  const management = await startManagement({ ...shared, api, gateway });
  onClose(management.close);
  const rewrite = addressRewriter(api, { webSocket: url, management: `${management.url}/${api.stage}` });
  // Now and not at the first invocation: a value that cannot be replaced stops the start.
  for (const spec of model.functions) environmentVariables(spec, { ...addresses, rewrite });

  onClose(
    await startSchedules({ rules: model.rules, lambda, mayInvoke: model.mayInvoke, region, account, clock, log }),
  );
  const relay = await openRelays(options, model, { ...addresses, lambda, callerOf, services, clock, log }, onClose);
  front.open({
    health: () => ({
      status: 'ok',
      websocket: url,
      stack: model.stackName,
      stage: api.stage,
      region,
      connections: gateway.size,
      functions: lambda.environments,
      tables: model.tables.map(({ name }) => name),
      database: options.databaseEndpoint === undefined ? 'embedded' : 'external',
      relay: relay?.status ?? { state: 'absent', reason: 'it was not asked for' },
    }),
    upgrade: (request, socket, head) => gateway.upgrade(request, socket, head),
  });
  onClose(() => gateway.close(CLOSING_PATIENCE));

  return {
    url,
    health: `${front.secure ? 'https' : 'http'}://${front.authority}/health`,
    databaseEndpoint: database.endpoint,
    region,
    tables: Object.fromEntries(model.tables.map(({ logicalId, name }) => [logicalId, name])),
    secrets: Object.fromEntries(model.secrets.map(({ logicalId, arn }) => [logicalId, arn])),
    vault,
    services,
    relay,
    gateway,
    lambda,
    died: database.died,
    close,
  };
}

/** The embedded database on the data folder, or the one whose address was given, for which the folder is not needed. */
async function openDatabase(
  options: CloudOptions,
  onClose: OnClose,
): Promise<{ endpoint: string; died: Promise<string>; directory?: string }> {
  if (options.databaseEndpoint !== undefined) {
    await checkDatabase(options.databaseEndpoint);
    return { endpoint: options.databaseEndpoint, died: new Promise<string>(() => {}) };
  }
  const binary = findBinary();
  const folder = await takeDataFolder(options.data);
  onClose(folder.release);
  const emulator = await startEmulator(binary, join(folder.directory, 'dynamodb.sqlite'));
  onClose(emulator.close);
  return { ...emulator, directory: folder.directory };
}
