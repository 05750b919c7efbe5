import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { ServiceSpec } from '../template/services.ts';

export interface LocalTask {
  id: string;
  deployment: string;
  /** Milliseconds since 1970. */
  created: number;
}

/** A service as ECS has it: how many tasks are wanted, by which deployment, and which ones there are. What runs them tells it of each. */
export class LocalService {
  readonly cluster: string;
  readonly name: string;
  readonly #clock: Clock;
  readonly #tasks = new Map<string, LocalTask>();
  #desired: number;
  #deployment = deploymentId();

  constructor({ cluster, name, desired }: ServiceSpec, clock: Clock) {
    this.cluster = cluster;
    this.name = name;
    this.#desired = desired;
    this.#clock = clock;
  }

  get desired(): number {
    return this.#desired;
  }

  get deployment(): string {
    return this.#deployment;
  }

  get tasks(): readonly LocalTask[] {
    return [...this.#tasks.values()];
  }

  /** A task of this id runs. */
  started(id: string): void {
    this.#tasks.set(id, { id, deployment: this.#deployment, created: this.#clock.now() });
  }

  ended(id: string): void {
    this.#tasks.delete(id);
  }

  update({ desiredCount, forceNewDeployment }: { desiredCount?: number; forceNewDeployment?: boolean }): void {
    if (desiredCount !== undefined) this.#desired = desiredCount;
    if (forceNewDeployment) this.#deployment = deploymentId();
  }
}

function deploymentId(): string {
  return `ecs-svc/${BigInt(`0x${randomBytes(8).toString('hex')}`)}`;
}
