/** A request to DynamoDB before it is carried out. */
export interface DynamoDbCall {
  /** Logical id of the calling function, and the environment it runs in. */
  functionId: string;
  environmentId: string;
  /** `PutItem` and so on. */
  operation: string;
  /** Names of the tables it touches. */
  tables: readonly string[];
  request: Readonly<Record<string, unknown>>;
}

/** A request to the @connections API before it is carried out. */
export interface ManagementCall {
  functionId: string;
  environmentId: string;
  method: 'GET' | 'POST' | 'DELETE';
  connectionId: string;
  body: string;
}

/** An invocation before an environment takes it. */
export interface InvocationCall {
  functionId: string;
  /** Route key, `authorizer` or `schedule`. */
  trigger: string;
  event: unknown;
}

/** A connection that has closed, before `$disconnect` is told. */
export interface DisconnectCall {
  connectionId: string;
}

/**
 * What goes wrong with a request. `applied` says whether the request takes effect before its answer is lost or spoilt: both happen in production, and
 * the caller cannot tell which.
 */
export type DynamoDbFault =
  | { kind: 'throttled' }
  | { kind: 'transaction conflict' }
  | { kind: 'server error'; applied: boolean }
  /** No answer ever comes; the caller's own timeout ends it. */
  | { kind: 'no answer'; applied: boolean }
  /** The environment of the caller dies. */
  | { kind: 'crash'; applied: boolean };

export type ManagementFault =
  | { kind: 'gone' }
  | { kind: 'throttled' }
  | { kind: 'server error'; applied: boolean }
  | { kind: 'no answer'; applied: boolean }
  | { kind: 'crash'; applied: boolean }
  /** The frame reaches the client twice, as after a retry whose first attempt had succeeded. */
  | { kind: 'duplicated' }
  /** The call succeeds at once and the frame arrives later. */
  | { kind: 'delayed'; milliseconds: number };

export type InvocationFault =
  /** A new environment, whatever is idle. */
  | { kind: 'cold start' }
  /** The same event is handled twice, one after the other; the caller gets the second answer. */
  | { kind: 'repeated' }
  /** The environment dies after the work is done and before its answer is out. */
  | { kind: 'crash' };

export type DisconnectFault = { kind: 'lost' };

/**
 * The one place where a test, a benchmark or the adversary gets between the parts. Each hook is asked before its request is carried out, may wait as
 * long as it likes (which is how requests are delayed and reordered), and may return what is to go wrong.
 */
export interface Hooks {
  dynamoDb?(call: DynamoDbCall): Promise<DynamoDbFault | undefined>;
  management?(call: ManagementCall): Promise<ManagementFault | undefined>;
  invocation?(call: InvocationCall): Promise<InvocationFault | undefined>;
  disconnect?(call: DisconnectCall): Promise<DisconnectFault | undefined>;
}
