import { createHash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { DynamoDbCall, DynamoDbFault, Hooks, InvocationFault, ManagementFault } from './hooks.ts';

/** How often each thing goes wrong: of all requests for which it can, the share from 0 to 1. What is left out never happens. */
export interface FaultRates {
  dynamoDb?: Partial<Record<DynamoDbFaultName, number>>;
  management?: Partial<Record<ManagementFaultName, number>>;
  invocation?: Partial<Record<InvocationFaultName, number>>;
  disconnect?: Partial<Record<DisconnectFaultName, number>>;
}

export interface FaultPlanOptions {
  /** The same seed gives the n-th request of a kind the same fate, in whatever order kinds of requests come. */
  seed: string;
  rates: FaultRates;
  /** Longest delay, milliseconds; each is drawn between 0 and this. */
  longestDelayMs: number;
  clock: Clock;
}

/** Lets requests go wrong at random, and repeatably. Give its hooks to the local cloud. */
export interface FaultPlan {
  hooks: Hooks;
  /** How often each fault has occurred, by `<place>: <name>`; those that can occur and have not yet are there with 0. */
  occurred(): Record<string, number>;
  /** From now on nothing goes wrong any more: for the end of a test, when what is left has to come to rest. */
  stop(): void;
}

const DYNAMODB = {
  throttled: { kind: 'throttled' },
  'transaction conflict': { kind: 'transaction conflict' },
  'server error': { kind: 'server error', applied: false },
  'server error, applied': { kind: 'server error', applied: true },
  'no answer': { kind: 'no answer', applied: false },
  'no answer, applied': { kind: 'no answer', applied: true },
  crash: { kind: 'crash', applied: false },
  'crash, applied': { kind: 'crash', applied: true },
  delayed: 'delayed',
} as const satisfies Record<string, DynamoDbFault | 'delayed'>;

const MANAGEMENT = {
  gone: { kind: 'gone' },
  throttled: { kind: 'throttled' },
  'server error': { kind: 'server error', applied: false },
  'server error, applied': { kind: 'server error', applied: true },
  'no answer': { kind: 'no answer', applied: false },
  'no answer, applied': { kind: 'no answer', applied: true },
  crash: { kind: 'crash', applied: false },
  'crash, applied': { kind: 'crash', applied: true },
  duplicated: { kind: 'duplicated' },
  /** The call succeeds at once, and the frame comes later. */
  'late push': 'late push',
  delayed: 'delayed',
} as const satisfies Record<string, ManagementFault | 'delayed' | 'late push'>;

const INVOCATION = {
  'cold start': { kind: 'cold start' },
  repeated: { kind: 'repeated' },
  crash: { kind: 'crash' },
  /** Others overtake it: this is how frames of one connection are reordered. */
  delayed: 'delayed',
} as const satisfies Record<string, InvocationFault | 'delayed'>;

const DISCONNECT = { lost: { kind: 'lost' }, delayed: 'delayed' } as const;

type DynamoDbFaultName = keyof typeof DYNAMODB;
type ManagementFaultName = keyof typeof MANAGEMENT;
type InvocationFaultName = keyof typeof INVOCATION;
type DisconnectFaultName = keyof typeof DISCONNECT;

export function planFaults({ seed, rates, longestDelayMs, clock }: FaultPlanOptions): FaultPlan {
  const lots = new Lots(seed);
  const counts = new Map<string, number>();
  for (const [place, names] of Object.entries(rates)) {
    for (const name of Object.keys(names)) counts.set(`${place}: ${name}`, 0);
  }
  let stopped = false;

  /** Draws the fate of one request: the name of a fault, or nothing. A delay is served here. */
  const draw = async <Name extends string>(
    place: keyof FaultRates,
    request: string,
    names: Partial<Record<Name, number>> = {},
    possible: (name: string) => boolean = () => true,
  ): Promise<Name | undefined> => {
    const lot = lots.next(`${place} ${request}`);
    if (stopped) return undefined;
    const name = pick(lot, names);
    if (name === undefined || !possible(name)) return undefined;
    counts.set(`${place}: ${name}`, (counts.get(`${place}: ${name}`) ?? 0) + 1);
    if (name === 'delayed')
      await new Promise<void>((resolve) => clock.after(lots.next(`${place} delay`) * longestDelayMs, resolve));
    return name;
  };

  return {
    hooks: {
      dynamoDb: async (call) => {
        const name = await draw('dynamoDb', `${call.operation} ${call.tables}`, rates.dynamoDb, (fault) =>
          canHappen(fault, call),
        );
        const fault = name && DYNAMODB[name];
        return fault === 'delayed' ? undefined : fault;
      },
      management: async ({ method }) => {
        const name = await draw('management', method, rates.management);
        const fault = name && MANAGEMENT[name];
        if (fault === 'late push') return { kind: 'delayed', milliseconds: lots.next('late push') * longestDelayMs };
        return fault === 'delayed' ? undefined : fault;
      },
      invocation: async ({ functionId, trigger }) => {
        const name = await draw('invocation', `${functionId} ${trigger}`, rates.invocation);
        const fault = name && INVOCATION[name];
        return fault === 'delayed' ? undefined : fault;
      },
      disconnect: async () => {
        const name = await draw('disconnect', '', rates.disconnect);
        return name === 'lost' ? DISCONNECT.lost : undefined;
      },
    },
    occurred: () => Object.fromEntries([...counts].sort(([left], [right]) => left.localeCompare(right))),
    stop: () => {
      stopped = true;
    },
  };
}

/** A conflict is between writers; plain reads meet none. */
function canHappen(fault: string, { operation }: DynamoDbCall): boolean {
  return fault !== 'transaction conflict' || /^(Put|Update|Delete|Transact)/.test(operation);
}

/** The fault whose share of the line from 0 to 1 the lot falls into. */
function pick<Name extends string>(lot: number, rates: Partial<Record<Name, number>>): Name | undefined {
  let edge = 0;
  for (const name in rates) {
    edge += rates[name] ?? 0;
    if (lot < edge) return name;
  }
  return undefined;
}

/** A row of numbers from 0 to 1 for each kind of request, so that another kind coming earlier or later changes nothing. */
class Lots {
  readonly #seed: string;
  readonly #drawn = new Map<string, number>();

  constructor(seed: string) {
    this.#seed = seed;
  }

  next(kind: string): number {
    const number = this.#drawn.get(kind) ?? 0;
    this.#drawn.set(kind, number + 1);
    return createHash('sha256').update(`${this.#seed}\0${kind}\0${number}`).digest().readUInt32BE() / 2 ** 32;
  }
}
