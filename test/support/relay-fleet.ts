import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { LocalService } from '../../local/ecs/service.ts';
import type { Observation } from '../../local/faults/observation.ts';
import { readModel } from '../../local/template/model.ts';
import { TurnClient } from '../../relay/turn/client.ts';
import { openUdp } from '../../relay/turn/socket.ts';
import type { Relay } from '../../shared/protocol/relay.ts';
import { type RelayRecord, readRelay } from '../../shared/store/relay-items.ts';
import { readRelaySecrets } from '../../shared/store/relay-secrets.ts';
import { findTurnserver } from './coturn.ts';
import { DeploymentTables } from './deployment-tables.ts';
import { Gates } from './gates.ts';
import { type Sotto, startSotto } from './sotto.ts';
import { FLEET } from './synthesize.ts';

/** A deployment whose relays really run, from none to as many as somebody wants. */
export class RelayFleet {
  readonly cloud: Sotto;
  readonly gates: Gates;
  readonly tables: DeploymentTables;
  readonly observed: readonly Observation[];
  readonly #clients: TurnClient[] = [];

  private constructor(cloud: Sotto, gates: Gates, observed: readonly Observation[]) {
    this.cloud = cloud;
    this.gates = gates;
    this.observed = observed;
    this.tables = new DeploymentTables(cloud);
  }

  /** With one relay, as a service that has just been made. */
  static async start(): Promise<RelayFleet> {
    findTurnserver();
    const gates = new Gates();
    const observed: Observation[] = [];
    const observe = (observation: Observation) => void observed.push(observation);
    const options = { relay: true, hooks: gates.hooks, observe };
    return new RelayFleet(await startSotto(options, { relay: { ...FLEET, minimum: 0 } }), gates, observed);
  }

  get service(): LocalService {
    const [service] = this.cloud.services;
    if (!service) throw new Error('no service');
    return service;
  }

  /** What relays say of themselves. */
  async records(): Promise<RelayRecord[]> {
    return (await this.tables.scan('Relays')).map(readRelay);
  }

  /** Names of those that are active. */
  async active(): Promise<string[]> {
    return (await this.records()).filter(({ state }) => state === 'active').map(({ relay }) => relay);
  }

  /** Names of tasks that ECS has. */
  get tasks(): string[] {
    return this.service.tasks.map(({ id }) => id);
  }

  get secrets() {
    return readRelaySecrets(this.cloud.vault.get(this.#secret)?.text);
  }

  /** Makes the secret older. */
  async ageSecret(milliseconds: number): Promise<void> {
    const version = this.cloud.vault.get(this.#secret);
    if (version) await this.cloud.vault.put(this.#secret, { ...version, created: version.created - milliseconds });
  }

  /** So much time passes without a call: tasks are older, and so is what is kept of calls; relays have reported meanwhile. */
  async quiet(milliseconds: number): Promise<void> {
    for (const task of this.service.tasks) task.created -= milliseconds;
    await this.#age(/^(lease|turn|relay-choice)#/, milliseconds);
  }

  /** Runs the function that compares relays with tasks, a minute after it has run last. */
  async reconcile(): Promise<void> {
    await this.#age(/^turn#/, 60_000);
    await this.#invoke('RelayReconciler');
  }

  /** Runs the function that rotates the secret. */
  rotate(): Promise<void> {
    return this.#invoke('RelaySecretRotation');
  }

  /** A client that has not asked for anything yet, with what it was given for a relay. */
  async clientOf({ endpoints, username, password }: Relay): Promise<TurnClient> {
    const udp = endpoints.find(({ transport }) => transport === 'udp');
    if (!udp) throw new Error('no UDP');
    const client = new TurnClient(await openUdp({ address: udp.host, port: udp.port }), { username, password });
    this.#clients.push(client);
    return client;
  }

  async close(): Promise<void> {
    this.gates.open();
    for (const client of this.#clients) client.close();
    this.tables.close();
    await this.cloud.close();
  }

  get #secret(): string {
    return this.cloud.secrets.RelaySecret ?? '';
  }

  async #age(keys: RegExp, milliseconds: number): Promise<void> {
    for (const { key, part, expires } of await this.tables.scan('Ephemera')) {
      if (!key || !part || !expires || !keys.test(key.S ?? '')) continue;
      await this.tables.dynamo.send(
        new UpdateItemCommand({
          TableName: this.tables.name('Ephemera'),
          Key: { key, part },
          UpdateExpression: 'SET #expires = #expires - :time',
          ExpressionAttributeNames: { '#expires': 'expires' },
          ExpressionAttributeValues: { ':time': { N: String(Math.ceil(milliseconds / 1000)) } },
        }),
      );
    }
  }

  async #invoke(name: string): Promise<void> {
    const found = readModel(this.cloud.assembly).functions.find(({ logicalId }) =>
      logicalId.startsWith(`Functions${name}Function`),
    );
    if (!found) throw new Error(`no function ${name}`);
    const outcome = await this.cloud.lambda.invoke(found.arn, 'schedule', {});
    if (!outcome.ok) throw new Error(`${name}: ${outcome.error.errorMessage}`);
  }
}
