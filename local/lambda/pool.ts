import type { Clock } from '../clock.ts';
import type { FunctionSpec } from '../template/functions.ts';
import type { Environment } from './environment.ts';

/** An idle environment is taken down after this long, milliseconds; AWS keeps them for minutes too. */
const IDLE_LIFETIME = 5 * 60_000;

/** INIT may take this long, milliseconds. */
const INIT_LIMIT = 10_000;

/**
 * At most so many environments of one function at once, and so many of them in INIT; further invocations wait for the first that is free. AWS has a
 * thousand, each with a processor of its own. These bounds protect the machine and change no answer.
 */
const MOST_ENVIRONMENTS = 64;
const MOST_IN_INIT = 2;

export interface Lease {
  environment: Environment;
  coldStart: boolean;
}

/** The environments of one function. */
export class Pool {
  readonly #spec: FunctionSpec;
  readonly #clock: Clock;
  readonly #create: () => Environment;
  readonly #all = new Map<string, Environment>();
  readonly #idle: { environment: Environment; cancelReaping: () => void }[] = [];
  readonly #waiting: ((lease: Lease) => void)[] = [];
  #inInit = 0;
  #invocations = 0;

  constructor(spec: FunctionSpec, clock: Clock, create: () => Environment) {
    this.#spec = spec;
    this.#clock = clock;
    this.#create = create;
  }

  /** Environments that live, idle or not. */
  get size(): number {
    return this.#all.size;
  }

  /** Invocations that run or wait. */
  get invocations(): number {
    return this.#invocations;
  }

  find(environmentId: string): Environment | undefined {
    return this.#all.get(environmentId);
  }

  /** An environment for one invocation: one that is idle, else the first that is free or new. `cold` takes a new one in any case. */
  async acquire(cold: boolean): Promise<Lease> {
    this.#invocations++;
    if (cold) return { environment: await this.#start(), coldStart: true };
    for (let idle = this.#idle.pop(); idle; idle = this.#idle.pop()) {
      idle.cancelReaping();
      if (!idle.environment.dead) return { environment: idle.environment, coldStart: false };
      this.#all.delete(idle.environment.id);
    }
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#grow();
    });
  }

  /** Gives an environment back after its invocation; a dead one is forgotten. */
  release(environment: Environment): void {
    this.#invocations--;
    if (environment.dead) {
      this.#all.delete(environment.id);
      this.#grow();
    } else this.#hand({ environment, coldStart: false });
  }

  /** Starts environments as long as more invocations wait than are in INIT already. */
  #grow(): void {
    if (this.#inInit >= Math.min(MOST_IN_INIT, this.#waiting.length) || this.#all.size >= MOST_ENVIRONMENTS) return;
    this.#inInit++;
    void this.#start().then((environment) => {
      this.#inInit--;
      this.#hand({ environment, coldStart: true });
      this.#grow();
    });
    this.#grow();
  }

  #hand(lease: Lease): void {
    const waiting = this.#waiting.shift();
    if (waiting) waiting(lease);
    else {
      const { environment } = lease;
      const cancelReaping = this.#clock.after(IDLE_LIFETIME, () => void this.#reap(environment));
      this.#idle.push({ environment, cancelReaping });
    }
  }

  async close(): Promise<void> {
    for (const { cancelReaping } of this.#idle.splice(0)) cancelReaping();
    await Promise.all([...this.#all.values()].map((environment) => environment.kill()));
    this.#all.clear();
  }

  async #start(): Promise<Environment> {
    const environment = this.#create();
    this.#all.set(environment.id, environment);
    const cancel = this.#clock.after(INIT_LIMIT, () => {
      void environment.kill({
        errorType: 'Sandbox.Timedout',
        errorMessage: `INIT of ${this.#spec.logicalId} took longer than 10 seconds`,
        stackTrace: [],
      });
    });
    await environment.initialized;
    cancel();
    return environment;
  }

  async #reap(environment: Environment): Promise<void> {
    const index = this.#idle.findIndex((idle) => idle.environment === environment);
    if (index < 0) return;
    this.#idle.splice(index, 1);
    this.#all.delete(environment.id);
    await environment.kill();
  }
}
