import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { ServiceSpec } from '../template/services.ts';

export interface LocalTask {
  id: string;
  deployment: string;
  /** Milliseconds since 1970. */
  created: number;
  /** It is not ended before, however many are wanted. Milliseconds since 1970. */
  protectedUntil: number;
}

/** A service as ECS has it: how many tasks are wanted, by which deployment, and which ones there are. What runs them asks it which to start and which to end. */
export class LocalService {
  readonly cluster: string;
  readonly name: string;
  readonly #clock: Clock;
  readonly #tasks = new Map<string, LocalTask>();
  readonly #listeners = new Set<() => void>();
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

  /** How many tasks ECS would start now: as many as are wanted of the newest deployment, but never more than twice as many of all. */
  get missing(): number {
    const room = 2 * this.#desired - this.#tasks.size;
    return Math.max(0, Math.min(this.#desired - this.#newest().length, room));
  }

  /**
   * The tasks that ECS would end now: those too many that are not protected, of earlier deployments first. Among equals it may choose any: here the youngest, which
   * is another one than the functions would choose.
   */
  get surplus(): readonly LocalTask[] {
    if (this.#newest().length < this.#desired) return [];
    const earlier = this.tasks.filter(({ deployment }) => deployment !== this.#deployment);
    const inOrder = [...earlier.toReversed(), ...this.#newest().toReversed()];
    const open = inOrder.filter(({ protectedUntil }) => protectedUntil <= this.#clock.now());
    return open.slice(0, this.#tasks.size - this.#desired);
  }

  /** Calls back whenever `missing` or `surplus` may have changed by somebody's will, until the function returned is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A task of this id runs. */
  started(id: string): void {
    const created = this.#clock.now();
    this.#tasks.set(id, { id, deployment: this.#deployment, created, protectedUntil: created });
  }

  ended(id: string): void {
    this.#tasks.delete(id);
  }

  update({ desiredCount, forceNewDeployment }: { desiredCount?: number; forceNewDeployment?: boolean }): void {
    if (desiredCount !== undefined) this.#desired = desiredCount;
    if (forceNewDeployment) this.#deployment = deploymentId();
    this.#changed();
  }

  /** Protects a task for so many milliseconds; 0 gives that up. False when there is no such task. */
  protect(id: string, milliseconds: number): boolean {
    const task = this.#tasks.get(id);
    if (!task) return false;
    task.protectedUntil = this.#clock.now() + milliseconds;
    // Now it may be one too many, or when its time is up.
    this.#clock.after(milliseconds, () => this.#changed());
    return true;
  }

  #newest(): LocalTask[] {
    return this.tasks.filter(({ deployment }) => deployment === this.#deployment);
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

function deploymentId(): string {
  return `ecs-svc/${BigInt(`0x${randomBytes(8).toString('hex')}`)}`;
}
