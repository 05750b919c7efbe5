/** Capacity units as DynamoDB would charge them. */
export interface Units {
  read: number;
  write: number;
}

/** Something that happened and that AWS would count or charge for. */
export type Observation =
  | {
      type: 'dynamodb';
      functionId: string;
      operation: string;
      tables: readonly string[];
      /** HTTP status, and the exception's name when it is not 200. */
      status: number;
      error?: string;
      units: Units;
    }
  | { type: 'management'; functionId: string; method: string; status: number; bytes: number }
  /** A request to Secrets Manager. */
  | { type: 'secret'; functionId: string; operation: string; status: number }
  /** A request to ECS. */
  | { type: 'ecs'; functionId: string; operation: string; status: number }
  /** One WebSocket message; API Gateway charges it by every 32 KB begun. */
  | { type: 'message'; direction: 'in' | 'out'; connectionId: string; bytes: number; route?: string }
  | { type: 'connection'; connectionId: string; state: 'open' | 'closed'; code?: number }
  /** `status`: 401, 403, ... of a connection that was not let in. */
  | { type: 'refusal'; status: number }
  | {
      type: 'invocation';
      functionId: string;
      trigger: string;
      coldStart: boolean;
      milliseconds: number;
      error?: string;
    }
  /** A hook asked for something to go wrong, and it did. */
  | { type: 'fault'; at: 'dynamodb' | 'management' | 'invocation' | 'disconnect'; kind: string };

/** Called synchronously after each happening. It must not throw. */
export type Observe = (observation: Observation) => void;
