import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { bundleRelay } from '../../relay/bundle.ts';
import { type RelayRegistry, relayRegistry } from '../../shared/store/relays.ts';
import { findTurnserver } from './coturn.ts';
import { FakeAws } from './fake-aws.ts';
import { freePort, holdPorts } from './free-ports.ts';
import { newSecret } from './relay-settings.ts';
import { startTables, type TestTables } from './tables.ts';

export const RELAYS = 'Test-relays';
export const SECRET_ID = '0badcafe';

/** What a relay needs around it: the real emulator for its table, endpoints with scripts for the rest, and its own program, bundled. */
export class RelayWorld {
  readonly aws: FakeAws;
  readonly tables: TestTables;
  readonly registry: RelayRegistry;
  readonly secret = newSecret();
  readonly #folder: string;
  readonly #running: RelayProcess[] = [];
  readonly #releases: (() => Promise<void>)[] = [];

  private constructor(aws: FakeAws, tables: TestTables, folder: string) {
    this.aws = aws;
    this.tables = tables;
    this.#folder = folder;
    this.registry = relayRegistry(tables.dynamo, RELAYS, () => Date.now());
    aws.script('GetSecretValue', () => this.secretAnswer([{ id: SECRET_ID, value: this.secret }]));
    aws.script('Invoke', () => ({ status: 202, body: '' }));
    aws.script('UpdateTaskProtection', () => ({ body: JSON.stringify({ protectedTasks: [], failures: [] }) }));
  }

  static async open(): Promise<RelayWorld> {
    findTurnserver();
    const [aws, tables, folder] = await Promise.all([
      FakeAws.start(),
      startTables(),
      mkdtemp(join(tmpdir(), 'sotto-relay-test-')),
    ]);
    bundleRelay(join(folder, 'relay.mjs'));
    return new RelayWorld(aws, tables, folder);
  }

  secretAnswer(secrets: readonly { readonly id: string; readonly value: string }[]) {
    return { body: JSON.stringify({ ARN: 'arn', Name: 'relay', SecretString: JSON.stringify({ secrets }) }) };
  }

  /** The environment of a local relay, with ports of its own. */
  async environment(change: Record<string, string | undefined> = {}): Promise<Record<string, string>> {
    const [port, ports] = await Promise.all([freePort(), holdPorts()]);
    this.#releases.push(ports.release);
    const all = {
      PATH: process.env.PATH,
      SOTTO_STAGE: 'test',
      RELAYS_TABLE: RELAYS,
      RELAY_SECRET_ARN: 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:relay',
      RELAY_FLEET: 'main',
      RELAY_CLUSTER: 'Sotto-test',
      RELAY_SERVICE: 'relay',
      RELAY_DRAIN_FUNCTION: 'relay-drain',
      RELAY_LISTEN_PORT: String(port),
      RELAY_MIN_PORT: String(ports.first),
      RELAY_MAX_PORT: String(ports.last),
      RELAY_REALM: 'sotto',
      RELAY_USER_QUOTA: '8',
      RELAY_TOTAL_QUOTA: '40',
      RELAY_MAX_BPS: '625000',
      RELAY_BASELINE_MBIT: '510',
      RELAY_DENY: '10.83.0.0-10.83.255.255',
      RELAY_LOCAL_ADDRESS: '127.0.0.1',
      RELAY_LOCAL_NAME: `test-${port}`,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_ENDPOINT_URL_DYNAMODB: this.tables.endpoint,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: this.aws.url,
      AWS_ENDPOINT_URL_EC2: this.aws.url,
      AWS_ENDPOINT_URL_ECS: this.aws.url,
      AWS_ENDPOINT_URL_LAMBDA: this.aws.url,
      ...change,
    };
    return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined));
  }

  async start(change: Record<string, string | undefined> = {}): Promise<RelayProcess> {
    const environment = await this.environment(change);
    const relay = new RelayProcess(join(this.#folder, 'relay.mjs'), environment);
    this.#running.push(relay);
    return relay;
  }

  async close(): Promise<void> {
    await Promise.all(this.#running.map((relay) => relay.kill()));
    await Promise.all(this.#releases.map((release) => release()));
    await Promise.all([this.aws.close(), this.tables.close(), rm(this.#folder, { recursive: true, force: true })]);
  }
}

/** A relay's program as a process of its own. */
export class RelayProcess {
  readonly port: number;
  readonly child: ChildProcess;
  readonly lines: string[] = [];
  /** Its exit code; null when a signal ended it. */
  readonly exited: Promise<number | null>;
  readonly #registered = Promise.withResolvers<void>();

  constructor(program: string, environment: Record<string, string>) {
    this.port = Number(environment.RELAY_LISTEN_PORT);
    const child = spawn(process.execPath, [program], { env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
    this.child = child;
    this.exited = once(child, 'exit').then(([code]) => code);
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.lines.push(line);
      if (line.includes('"registered"')) this.#registered.resolve();
    });
    void this.exited.then(() => this.#registered.reject(new Error(`it has ended: ${this.lines.join('\n')}`)));
    this.#registered.promise.catch(() => {});
  }

  get registered(): Promise<void> {
    return this.#registered.promise;
  }

  /** The process of its coturn; undefined when there is none. */
  get coturn(): number | undefined {
    const children = readFileSync(`/proc/${this.child.pid}/task/${this.child.pid}/children`, 'utf8').trim();
    return children === '' ? undefined : Number(children.split(' ')[0]);
  }

  /** Without a word, as a power failure does. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }
}
