import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleRelay } from '../../relay/bundle.ts';
import type { Clock } from '../clock.ts';
import type { LocalService } from '../ecs/service.ts';
import type { RelaySpec } from '../template/relay.ts';
import { LocalTaskProcess } from './task.ts';
import { findTurnserver, INSTALL_COMMAND } from './turnserver.ts';
import type { RelayAddresses } from './variables.ts';

export interface LocalRelaysOptions {
  spec: RelaySpec;
  addresses: RelayAddresses;
  /** IPv4 address of this machine. */
  address: string;
  /** The service whose tasks the relays are, and that functions ask ECS about. */
  service: LocalService;
  clock: Clock;
  log: (text: string) => void;
}

/** What the health page says of the relays. */
export type RelayStatus =
  | { state: 'running'; address: string; port: number }
  | { state: 'starting' }
  | { state: 'absent'; reason: string };

/** The relays of the local cloud. */
export interface LocalRelays {
  /** Of the relay that has run for longest. */
  readonly status: RelayStatus;
  close(): Promise<void>;
}

/** Between the end of a relay and the start of the next one, as ECS would start it, milliseconds; twice as long after each that never registered. */
const PAUSE = 1_000;
const LONGEST_PAUSE = 60_000;

/**
 * Runs the relay's program with the environment of its task, as often as the service wants it. Resolves when the first one is registered or has ended, or none is wanted.
 * Without coturn there is no relay: calls then connect directly, or not at all.
 */
export async function startLocalRelays(options: LocalRelaysOptions): Promise<LocalRelays> {
  const turnserver = findTurnserver();
  if (turnserver === undefined) {
    const reason = `coturn is not installed: ${INSTALL_COMMAND}`;
    options.log(`There is no relay for calls, because ${reason}\n`);
    return { status: { state: 'absent', reason }, close: async () => {} };
  }
  const folder = await mkdtemp(join(tmpdir(), 'sotto-relay-'));
  const program = join(folder, 'relay.mjs');
  bundleRelay(program);
  const relays = new Relays(options, program, turnserver);
  await relays.open();
  return {
    get status() {
      return relays.status;
    },
    close: async () => {
      await relays.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** As many relays as the service wants. */
class Relays {
  readonly #options: LocalRelaysOptions;
  readonly #program: string;
  readonly #turnserver: string;
  readonly #tasks = new Map<string, LocalTaskProcess>();
  #absence = 'none is wanted until somebody calls';
  #pause = PAUSE;
  #closing = false;
  #stopListening = (): void => {};
  #stopWaiting = (): void => {};

  constructor(options: LocalRelaysOptions, program: string, turnserver: string) {
    this.#options = options;
    this.#program = program;
    this.#turnserver = turnserver;
  }

  get status(): RelayStatus {
    const { address } = this.#options;
    for (const { port } of this.#tasks.values()) {
      if (port !== undefined) return { state: 'running', address, port };
    }
    return this.#tasks.size > 0 ? { state: 'starting' } : { state: 'absent', reason: this.#absence };
  }

  /** Resolves when the first relay is registered or has ended, or none is wanted. */
  async open(): Promise<void> {
    this.#stopListening = this.#options.service.onChange(() => this.#converge());
    this.#converge();
    const [first] = this.#tasks.values();
    await first?.settled;
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#stopListening();
    this.#stopWaiting();
    await Promise.all([...this.#tasks.values()].map((task) => task.end()));
  }

  #converge(): void {
    const { service } = this.#options;
    if (this.#closing) return;
    for (const { id } of service.surplus) this.#tasks.get(id)?.stop();
    for (let missing = service.missing; missing > 0; missing--) this.#start();
  }

  #start(): void {
    const { spec, addresses, address, service, clock, log } = this.#options;
    const name = `local-${randomBytes(4).toString('hex')}`;
    service.started(name);
    const place = { name, address };
    const task = new LocalTaskProcess({
      program: this.#program,
      turnserver: this.#turnserver,
      spec,
      addresses,
      place,
      clock,
      log,
    });
    this.#tasks.set(name, task);
    void task.ended.then((reason) => {
      this.#tasks.delete(name);
      service.ended(name);
      this.#absence = reason;
      this.#pause = task.hasRegistered ? PAUSE : Math.min(this.#pause * 2, LONGEST_PAUSE);
      if (this.#closing) return;
      this.#stopWaiting();
      this.#stopWaiting = clock.after(this.#pause, () => this.#converge());
    });
  }
}
