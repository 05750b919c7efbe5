import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, dirname } from 'node:path';
import { createInterface } from 'node:readline';
import type { Clock } from '../clock.ts';
import type { RelaySpec } from '../template/relay.ts';
import { spawnWatched } from '../watched.ts';
import { holdRelayPorts, type RelayPorts } from './ports.ts';
import { type RelayAddresses, relayVariables } from './variables.ts';

export interface LocalTaskOptions {
  /** Path of the relay's bundle, and of coturn. */
  program: string;
  turnserver: string;
  spec: RelaySpec;
  addresses: RelayAddresses;
  place: { name: string; address: string };
  clock: Clock;
  log: (text: string) => void;
}

/** ECS kills a task so long after it has asked it to stop (the stop timeout of the task definition), milliseconds. */
const STOP_TIMEOUT = 120_000;

/** At the end of the cloud a relay gets this long, milliseconds. */
const PATIENCE = 5_000;

/** One relay: its program as a process beside, on ports of its own. */
export class LocalTaskProcess {
  /** Resolves with a sentence about how it has ended. */
  readonly ended: Promise<string>;
  readonly #options: LocalTaskOptions;
  readonly #registered = Promise.withResolvers<void>();
  #child: ChildProcess | undefined;
  #port: number | undefined;
  /** Asked of it before it was there. */
  #signal: NodeJS.Signals | undefined;
  #cancelKill = (): void => {};

  constructor(options: LocalTaskOptions) {
    this.#options = options;
    this.ended = this.#run().catch((error: unknown) => String(error));
  }

  /** Where it listens, once it is registered. */
  get port(): number | undefined {
    return this.#port;
  }

  get hasRegistered(): boolean {
    return this.#port !== undefined;
  }

  /** Resolves when it is registered or has ended. */
  get settled(): Promise<unknown> {
    return Promise.race([this.#registered.promise, this.ended]);
  }

  /** As ECS stops a task: it is asked to, and killed when that takes too long. */
  stop(): void {
    if (this.#signal !== undefined) return;
    this.#kill('SIGTERM');
    this.#cancelKill = this.#options.clock.after(STOP_TIMEOUT, () => this.#kill('SIGKILL'));
  }

  /** At once, and out of the table: there is nobody left to move to another relay. */
  async end(): Promise<void> {
    this.#kill('SIGINT');
    const late = setTimeout(() => this.#kill('SIGKILL'), PATIENCE);
    await this.ended;
    clearTimeout(late);
  }

  async #run(): Promise<string> {
    const { place } = this.#options;
    const ports = await holdRelayPorts(place.address);
    try {
      if (this.#signal !== undefined) return 'it has ended before it began';
      const [code] = await once(this.#spawn(ports), 'exit');
      return `it has ended (${code ?? 'killed'})`;
    } finally {
      this.#cancelKill();
      await ports.release();
    }
  }

  #spawn(ports: RelayPorts): ChildProcess {
    const { program, turnserver, spec, addresses, place, log } = this.#options;
    const path = [dirname(turnserver), '/usr/bin', '/bin'].join(delimiter);
    const env = { ...relayVariables(spec, addresses, { ...place, ports }), PATH: path };
    const child = spawnWatched(process.execPath, [program], { env, stdout: 'pipe' });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on('line', (line) => {
        log(`[relay] ${line}\n`);
        if (!line.includes('"event":"registered"')) return;
        this.#port = ports.listen;
        this.#registered.resolve();
      });
    }
    return child;
  }

  #kill(signal: NodeJS.Signals): void {
    this.#signal = signal;
    this.#child?.kill(signal);
  }
}
