import type {
  DisconnectCall,
  DisconnectFault,
  DynamoDbCall,
  DynamoDbFault,
  Hooks,
  InvocationCall,
  InvocationFault,
  ManagementCall,
  ManagementFault,
} from '../../local/faults/hooks.ts';

/** Requests of one kind that wait until the test lets them on. */
export interface Held<Fault> {
  /** Resolves when the first of them has come. */
  readonly arrived: Promise<void>;
  /** Lets those that wait and those that come later pass; `fault` happens to the first of them. */
  release(fault?: Fault): void;
}

interface Rule<Call, Fault> {
  fits(call: Call): boolean;
  pass(): Promise<Fault | undefined>;
  release(): void;
}

/** One door: what comes through is held by the newest rule that fits. */
class Door<Call, Fault> {
  readonly #rules: Rule<Call, Fault>[] = [];

  readonly hook = async (call: Call): Promise<Fault | undefined> =>
    this.#rules.findLast(({ fits }) => fits(call))?.pass();

  hold(fits: (call: Call) => boolean): Held<Fault> {
    const arrived = Promise.withResolvers<void>();
    const open = Promise.withResolvers<void>();
    const faults: Fault[] = [];
    const rule = {
      fits,
      // Repetitions by the SDK wait as well: otherwise one would overtake the request that is held.
      pass: async () => {
        arrived.resolve();
        await open.promise;
        return faults.shift();
      },
      release: () => open.resolve(),
    };
    this.#rules.push(rule);
    return {
      arrived: arrived.promise,
      release: (fault) => {
        if (fault !== undefined) faults.push(fault);
        this.#rules.splice(this.#rules.indexOf(rule), 1);
        open.resolve();
      },
    };
  }

  /** Lets everything pass that waits, and forgets all rules. */
  open(): void {
    for (const { release } of this.#rules.splice(0)) release();
  }

  /** Lets a fault happen to the next requests that fit, one each. */
  fail(fits: (call: Call) => boolean, ...faults: readonly Fault[]): void {
    const left = [...faults];
    this.#rules.push({
      fits: (call) => left.length > 0 && fits(call),
      pass: async () => left.shift(),
      release: () => {},
    });
  }
}

/** Stands between the parts of the local cloud, so that a test decides which of two requests comes first, and which goes wrong. */
export class Gates {
  readonly dynamoDb = new Door<DynamoDbCall, DynamoDbFault>();
  readonly management = new Door<ManagementCall, ManagementFault>();
  readonly invocation = new Door<InvocationCall, InvocationFault>();
  readonly disconnect = new Door<DisconnectCall, DisconnectFault>();

  readonly hooks: Hooks = {
    dynamoDb: this.dynamoDb.hook,
    management: this.management.hook,
    invocation: this.invocation.hook,
    disconnect: this.disconnect.hook,
  };

  /** For after a test: one that has failed must not hold up the next. */
  open(): void {
    for (const door of [this.dynamoDb, this.management, this.invocation, this.disconnect]) door.open();
  }
}

/** A request with one operation that names an account in its keys, items or values. */
export function asks(operation: string, about: string): (call: DynamoDbCall) => boolean {
  return (call) => call.operation === operation && JSON.stringify(call.request).includes(about);
}
