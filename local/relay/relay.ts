import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { bundleRelay } from '../../relay/bundle.ts';
import type { Clock } from '../clock.ts';
import type { LocalService } from '../ecs/service.ts';
import type { RelaySpec } from '../template/relay.ts';
import { spawnWatched } from '../watched.ts';
import { holdRelayPorts, type RelayPorts } from './ports.ts';
import { findTurnserver, INSTALL_COMMAND } from './turnserver.ts';
import { type RelayAddresses, relayVariables } from './variables.ts';

export interface LocalRelayOptions {
  spec: RelaySpec;
  addresses: RelayAddresses;
  /** IPv4 address of this machine. */
  address: string;
  /** The service that the relay is a task of, and that functions ask ECS about. */
  service: LocalService | undefined;
  clock: Clock;
  log: (text: string) => void;
}

/** What the health page says of the relay. */
export type RelayStatus =
  | { state: 'running'; address: string; port: number }
  | { state: 'starting' }
  | { state: 'absent'; reason: string };

/** The relay of the local cloud. */
export interface LocalRelay {
  readonly status: RelayStatus;
  close(): Promise<void>;
}

/** Between the end of a relay and the start of the next one, as ECS would start it, milliseconds; twice as long after each that never registered. */
const PAUSE = 1_000;
const LONGEST_PAUSE = 60_000;

/** At the end a relay gets this long, milliseconds. */
const PATIENCE = 5_000;

/**
 * Runs the relay's program with the environment of its task, and again whenever it ends. Resolves when the first one is registered or has ended.
 * Without coturn there is no relay: calls then connect directly, or not at all.
 */
export async function startLocalRelay(options: LocalRelayOptions): Promise<LocalRelay> {
  const turnserver = findTurnserver();
  if (turnserver === undefined) {
    const reason = `coturn is not installed: ${INSTALL_COMMAND}`;
    options.log(`There is no relay for calls, because ${reason}\n`);
    return { status: { state: 'absent', reason }, close: async () => {} };
  }
  const folder = await mkdtemp(join(tmpdir(), 'sotto-relay-'));
  const program = join(folder, 'relay.mjs');
  bundleRelay(program);
  const runner = new RelayRunner(options, program, turnserver);
  await runner.start();
  return {
    get status() {
      return runner.status;
    },
    close: async () => {
      await runner.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** One relay after the other. */
class RelayRunner {
  readonly #options: LocalRelayOptions;
  readonly #program: string;
  readonly #turnserver: string;
  status: RelayStatus = { state: 'starting' };
  #child: ChildProcess | undefined;
  #pause = PAUSE;
  #closing = false;
  #cancel = (): void => {};

  constructor(options: LocalRelayOptions, program: string, turnserver: string) {
    this.#options = options;
    this.#program = program;
    this.#turnserver = turnserver;
  }

  /** Resolves when the relay is registered or has ended. */
  async start(): Promise<void> {
    const { address, log, service } = this.#options;
    const ports = await holdRelayPorts(address);
    const name = `local-${randomBytes(4).toString('hex')}`;
    service?.started(name);
    const child = spawnWatched(process.execPath, [this.#program], {
      env: this.#variables(name, ports),
      stdout: 'pipe',
    });
    this.#child = child;
    const registered = new Promise<void>((resolve) => {
      for (const stream of [child.stdout, child.stderr]) {
        if (!stream) continue;
        createInterface({ input: stream }).on('line', (line) => {
          log(`[relay] ${line}\n`);
          if (!line.includes('"event":"registered"')) return;
          this.status = { state: 'running', address, port: ports.listen };
          this.#pause = PAUSE;
          resolve();
        });
      }
    });
    const ended = once(child, 'exit').then(async ([code]) => {
      this.status = { state: 'absent', reason: `it has ended (${code ?? 'killed'})` };
      service?.ended(name);
      await ports.release();
      if (!this.#closing) this.#startLater();
    });
    await Promise.race([registered, ended]);
  }

  /** Ends it at once, and takes it out of the table: there is nobody left to move to another relay. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#cancel();
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGINT');
    const late = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
    await exited;
    clearTimeout(late);
  }

  #startLater(): void {
    this.#cancel = this.#options.clock.after(this.#pause, () => {
      this.start().catch((error: unknown) => this.#options.log(`relay: ${String(error)}\n`));
    });
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
  }

  #variables(name: string, ports: RelayPorts): Record<string, string> {
    const { spec, addresses, address } = this.#options;
    const path = [dirname(this.#turnserver), '/usr/bin', '/bin'].join(delimiter);
    return { ...relayVariables(spec, addresses, { name, address, ports }), PATH: path };
  }
}
