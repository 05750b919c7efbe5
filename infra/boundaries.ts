import type { ServiceAction } from './relay/names.ts';
import type { RelaySettings } from './relay/settings.ts';
import type { TableName } from './tables.ts';

/** The functions: folders under functions/, each exporting `handler` from handler.ts. */
export const FUNCTION_NAMES = [
  'authorizer',
  'session',
  'account',
  'link',
  'prekeys',
  'message',
  'call',
  'relay',
  'franking-keys',
] as const;

/** Those that exist only where the relays run on Fargate. */
export const FLEET_FUNCTION_NAMES = ['relay-reconciler', 'relay-drain', 'relay-secret-rotation'] as const;

export type FunctionName = (typeof FUNCTION_NAMES | typeof FLEET_FUNCTION_NAMES)[number];

/** The DynamoDB permissions in use. A transaction needs those of its parts; a batch is an action of its own. */
export type TableAction =
  | 'BatchGetItem'
  | 'BatchWriteItem'
  | 'DeleteItem'
  | 'GetItem'
  | 'PutItem'
  | 'Query'
  | 'Scan'
  | 'UpdateItem';

/** What one function may do. A function is an IAM boundary, not a route: routes with the same rights share one. */
export interface Boundary {
  /** Routes of the WebSocket API. */
  readonly routes: readonly string[];
  readonly tables: Readonly<Partial<Record<TableName, readonly TableAction[]>>>;
  /** POST pushes a frame to a connection, DELETE closes it. */
  readonly connections: readonly ('POST' | 'DELETE')[];
  /**
   * Settings that the function reads beside its tables' names and the stage. `login` is there only with admission by
   * the operator's own login, the parts of `relay` only with the provider that needs them.
   */
  readonly settings: readonly ('endpoint' | 'admission' | 'login' | 'relay')[];
  /** What may be done with the secret that relays share with the functions. */
  readonly relaySecret?: readonly ('GetSecretValue' | 'PutSecretValue')[];
  /** What may be done with the service that runs the relays and with its tasks. */
  readonly relayService?: readonly ServiceAction[];
}

/** What each function may do in a stage with these relays. */
export function boundariesWith(relay: RelaySettings): Readonly<Record<FunctionName, Boundary>> {
  const onDemand = relay.provider === 'fleet' && relay.minimum === 0;
  return { ...BOUNDARIES, relay: { ...RELAY[relay.provider], ...(onDemand && { relayService: STARTER }) } };
}

/** A function that starts a relay for the first caller has to see that there is none. */
const STARTER = ['DescribeServices', 'UpdateService'] as const;

const WITHOUT_RELAYS: Boundary = {
  routes: ['relay.credentials'],
  tables: { Connections: ['GetItem'], Ephemera: ['UpdateItem'] },
  connections: [],
  settings: ['relay'],
};

/** Relays of the stage's own are looked up and chosen; an external one is always the same. */
const RELAY: Readonly<Record<RelaySettings['provider'], Boundary>> = {
  none: WITHOUT_RELAYS,
  external: { ...WITHOUT_RELAYS, relaySecret: ['GetSecretValue'] },
  fleet: {
    ...WITHOUT_RELAYS,
    tables: { Connections: ['GetItem'], Ephemera: ['GetItem', 'PutItem', 'UpdateItem'], Relays: ['Query'] },
    relaySecret: ['GetSecretValue'],
  },
};

const BOUNDARIES: Readonly<Record<Exclude<FunctionName, 'relay'>, Boundary>> = {
  authorizer: {
    routes: [],
    tables: { DeviceLists: ['GetItem'] },
    connections: [],
    settings: ['endpoint'],
  },
  session: {
    routes: ['$connect', '$disconnect', '$default', 'hello'],
    tables: { Connections: ['GetItem', 'UpdateItem'], DeviceLists: ['GetItem'] },
    connections: [],
    settings: ['endpoint', 'admission'],
  },
  account: {
    routes: [
      'account.create',
      'account.reserve',
      'account.publish',
      'account.fresh',
      'account.tokens',
      'account.lists',
    ],
    tables: {
      DeviceLists: ['BatchGetItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'],
      Connections: ['BatchGetItem', 'DeleteItem', 'PutItem', 'UpdateItem'],
      PreKeys: ['BatchWriteItem', 'PutItem', 'Query'],
      Mailbox: ['BatchWriteItem', 'Query'],
      Ephemera: ['DeleteItem', 'GetItem', 'UpdateItem'],
    },
    connections: ['POST', 'DELETE'],
    settings: ['admission', 'login'],
  },
  link: {
    routes: ['link.open', 'link.send'],
    tables: { Ephemera: ['BatchGetItem', 'PutItem', 'UpdateItem'] },
    connections: ['POST'],
    settings: [],
  },
  prekeys: {
    routes: ['prekeys.publish', 'prekeys.fetch', 'prekeys.count'],
    tables: {
      PreKeys: ['BatchGetItem', 'BatchWriteItem', 'Query', 'UpdateItem'],
      DeviceLists: ['BatchGetItem'],
      Connections: ['BatchGetItem', 'GetItem', 'UpdateItem'],
      Ephemera: ['UpdateItem'],
    },
    connections: ['POST'],
    settings: [],
  },
  message: {
    routes: ['message.send', 'message.pull', 'message.ack'],
    tables: {
      Mailbox: ['BatchWriteItem', 'PutItem', 'Query'],
      DeviceLists: ['BatchGetItem', 'Query'],
      Connections: ['BatchGetItem', 'GetItem', 'UpdateItem'],
      FrankingKeys: ['GetItem', 'PutItem'],
      Ephemera: ['UpdateItem'],
    },
    connections: ['POST'],
    settings: [],
  },
  call: {
    routes: ['call.claim'],
    tables: {
      DeviceLists: ['BatchGetItem'],
      Connections: ['BatchGetItem', 'UpdateItem'],
      Ephemera: ['PutItem', 'UpdateItem'],
    },
    connections: ['POST'],
    settings: [],
  },
  'franking-keys': {
    routes: [],
    tables: { FrankingKeys: ['DeleteItem', 'PutItem', 'Scan'] },
    connections: [],
    settings: [],
  },
  'relay-reconciler': {
    routes: [],
    tables: { Relays: ['DeleteItem', 'Query', 'UpdateItem'], Ephemera: ['PutItem', 'Query'] },
    connections: [],
    settings: ['relay'],
    relayService: ['DescribeServices', 'DescribeTasks', 'ListTasks', 'UpdateService'],
  },
  'relay-drain': {
    routes: [],
    tables: { Relays: ['Query'], Ephemera: ['DeleteItem', 'Query'] },
    connections: ['POST'],
    settings: [],
  },
  'relay-secret-rotation': {
    routes: [],
    tables: { Relays: ['Query'] },
    connections: [],
    settings: [],
    relaySecret: ['GetSecretValue', 'PutSecretValue'],
    relayService: ['UpdateService'],
  },
};
