import type { CloudOptions } from '../../local/cloud.ts';
import { readRelaySecrets } from '../../shared/store/relay-secrets.ts';
import { type RelayRegistry, relayRegistry } from '../../shared/store/relays.ts';
import { Coturn } from './coturn.ts';
import { DeploymentTables } from './deployment-tables.ts';
import { type Sotto, startSotto } from './sotto.ts';

/** A clock so far ahead reports for its relays once, and they stay fresh for a test, milliseconds. */
const AHEAD_MS = 24 * 60 * 60_000;

/** The real stack, with relays that a test runs. */
export class CallCloud {
  readonly sotto: Sotto;
  readonly #tables: DeploymentTables;
  readonly #registry: RelayRegistry;
  readonly #running: Coturn[] = [];

  private constructor(sotto: Sotto) {
    this.sotto = sotto;
    this.#tables = new DeploymentTables(sotto);
    this.#registry = relayRegistry(this.#tables.dynamo, this.#tables.name('Relays'), () => Date.now() + AHEAD_MS);
  }

  static async start(options: Partial<CloudOptions> = {}): Promise<CallCloud> {
    return new CallCloud(await startSotto(options));
  }

  get url(): string {
    return this.sotto.url;
  }

  /** Runs a relay and hands it out from now on. */
  async run(relay: string, { overUdp = true } = {}): Promise<Coturn> {
    const coturn = await Coturn.start({ secrets: [this.#secret], overUdp });
    this.#running.push(coturn);
    await this.name(relay, coturn.port);
    return coturn;
  }

  /** Hands out a relay that a test says is there: enough for calls whose media is played. */
  async name(relay: string, port = 3478): Promise<void> {
    const secrets = readRelaySecrets(this.#secretText).map(({ id }) => id);
    const where = { address: '127.0.0.1', zone: relay, ports: { udp: port, tcp: port } };
    await this.#registry.register({ relay, started: Date.now(), load: 0, secrets, ...where });
  }

  /** It is handed out to no call any more. */
  forget(relay: string): Promise<void> {
    return this.#registry.remove(relay);
  }

  async close(): Promise<void> {
    await Promise.all(this.#running.map((coturn) => coturn.kill()));
    this.#tables.close();
    await this.sotto.close();
  }

  get #secretText(): string | undefined {
    return this.sotto.vault.get(this.sotto.secrets.RelaySecret ?? '')?.text;
  }

  get #secret(): string {
    const [newest] = readRelaySecrets(this.#secretText);
    if (!newest) throw new Error('the stack has made no secret');
    return newest.value;
  }
}
