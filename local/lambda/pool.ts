import type { Clock } from '../clock.ts';
import type { FunctionSpec } from '../template/functions.ts';
import type { Environment } from './environment.ts';

/** An idle environment is taken down after this long, milliseconds; AWS keeps them for minutes too. */
const IDLE_LIFETIME = 5 * 60_000;

/** INIT may take this long, milliseconds. */
const INIT_LIMIT = 10_000;

/**
 * At most so many environments of one function at once; more invocations wait for one. AWS allows a thousand in an account: this bound protects the
 * machine and changes no answer.
 */
const MOST_ENVIRONMENTS = 32;

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
  readonly #waiting: (() => void)[] = [];

  constructor(spec: FunctionSpec, clock: Clock, create: () => Environment) {
    this.#spec = spec;
    this.#clock = clock;
    this.#create = create;
  }

  /** Environments that live, idle or not. */
  get size(): number {
    return this.#all.size;
  }

  /** Environments that are handling an event. */
  get busy(): number {
    return this.#all.size - this.#idle.length;
  }

  find(environmentId: string): Environment | undefined {
    return this.#all.get(environmentId);
  }

  /** An environment for one invocation: one that is idle, else a new one. `cold` takes a new one in any case. */
  async acquire(cold: boolean): Promise<Lease> {
    const idle = cold ? undefined : this.#idle.pop();
    if (idle) {
      idle.cancelReaping();
      if (idle.environment.dead) {
        this.#all.delete(idle.environment.id);
        return this.acquire(cold);
      }
      return { environment: idle.environment, coldStart: false };
    }
    if (this.#all.size >= MOST_ENVIRONMENTS) {
      const evicted = this.#idle.shift();
      if (evicted) await this.#remove(evicted.environment);
      else await new Promise<void>((resolve) => this.#waiting.push(resolve));
      return this.acquire(cold && evicted !== undefined);
    }
    return { environment: await this.#start(), coldStart: true };
  }

  /** Gives an environment back after its invocation; a dead one is forgotten. */
  release(environment: Environment): void {
    if (environment.dead) this.#all.delete(environment.id);
    else {
      const cancelReaping = this.#clock.after(IDLE_LIFETIME, () => void this.#reap(environment));
      this.#idle.push({ environment, cancelReaping });
    }
    this.#waiting.shift()?.();
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
    await this.#remove(environment);
  }

  async #remove(environment: Environment): Promise<void> {
    this.#all.delete(environment.id);
    await environment.kill();
  }
}
