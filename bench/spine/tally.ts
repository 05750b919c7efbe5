import type { Observation, Observe } from '../../local/faults/observation.ts';

/** What one piece of work cost: requests to AWS by kind, the units they are charged by, and WebSocket messages. */
export class Tally {
  readonly #seen: Observation[] = [];

  readonly observe: Observe = (observation) => void this.#seen.push(observation);

  /** Forgets what happened so far. */
  reset(): void {
    this.#seen.length = 0;
  }

  /** DynamoDB requests with one of the operations, optionally to one table only. */
  requests(operations: readonly string[], table?: string): number {
    return this.#dynamoDb().filter(
      ({ operation, tables }) =>
        operations.includes(operation) && (table === undefined || tables.some((name) => name === table)),
    ).length;
  }

  get allRequests(): number {
    return this.#dynamoDb().length;
  }

  get readUnits(): number {
    return this.#dynamoDb().reduce((sum, { units }) => sum + units.read, 0);
  }

  get writeUnits(): number {
    return this.#dynamoDb().reduce((sum, { units }) => sum + units.write, 0);
  }

  get posts(): number {
    return this.#seen.filter(({ type }) => type === 'management').length;
  }

  get invocations(): number {
    return this.#seen.filter(({ type }) => type === 'invocation').length;
  }

  /** API Gateway counts 32 KB units, both ways; every frame of the protocol is one. */
  get messages(): number {
    return this.#seen.filter(({ type }) => type === 'message').length;
  }

  #dynamoDb() {
    return this.#seen.filter((observation) => observation.type === 'dynamodb');
  }
}
