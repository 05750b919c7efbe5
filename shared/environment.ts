/**
 * The names of the environment variables that the template gives to the functions. `infra` writes them, `shared/store` reads them, `local` rewrites the
 * two addresses; nothing else is shared between them.
 */
export const ENVIRONMENT = {
  stage: 'SOTTO_STAGE',
  /** The URL clients connect to, as it is signed in tickets. Configuration, never the Host header. */
  endpoint: 'SOTTO_ENDPOINT',
  /** The https address of the @connections API. */
  callbackUrl: 'SOTTO_CALLBACK_URL',
  admission: 'SOTTO_ADMISSION',
  jwtIssuer: 'SOTTO_JWT_ISSUER',
  jwtAudience: 'SOTTO_JWT_AUDIENCE',
  jwksUrl: 'SOTTO_JWKS_URL',
  deviceLists: 'DEVICE_LISTS_TABLE',
  connections: 'CONNECTIONS_TABLE',
  preKeys: 'PREKEYS_TABLE',
  mailbox: 'MAILBOX_TABLE',
  ephemera: 'EPHEMERA_TABLE',
  frankingKeys: 'FRANKING_KEYS_TABLE',
  relays: 'RELAYS_TABLE',
  /** Where relays come from: `none`, `external` or `fleet`. */
  relayProvider: 'RELAY_PROVIDER',
  /** JSON: where an external relay listens. */
  relayEndpoints: 'RELAY_ENDPOINTS',
  relaySecretArn: 'RELAY_SECRET_ARN',
  /** Names of the cluster and the service that run the relays. */
  relayCluster: 'RELAY_CLUSTER',
  relayService: 'RELAY_SERVICE',
  /** Relays that run even when nobody calls. */
  relayMinimum: 'RELAY_MINIMUM',
} as const;

/** The environment of a relay's container: `infra` writes it into the task definition, the supervisor in `relay` reads it, `local` replaces what is AWS's. */
export const RELAY_ENVIRONMENT = {
  stage: 'SOTTO_STAGE',
  relays: 'RELAYS_TABLE',
  secret: 'RELAY_SECRET_ARN',
  /** The partition of the Relays table. */
  fleet: 'RELAY_FLEET',
  cluster: 'RELAY_CLUSTER',
  service: 'RELAY_SERVICE',
  /** Name of the function that a relay invokes when it begins to drain. */
  drainFunction: 'RELAY_DRAIN_FUNCTION',
  listenPort: 'RELAY_LISTEN_PORT',
  minPort: 'RELAY_MIN_PORT',
  maxPort: 'RELAY_MAX_PORT',
  realm: 'RELAY_REALM',
  /** Allocations of one user name, and of all together. */
  userQuota: 'RELAY_USER_QUOTA',
  totalQuota: 'RELAY_TOTAL_QUOTA',
  /** Bytes a second that one session may carry. */
  maxBps: 'RELAY_MAX_BPS',
  /** What the task's network carries for any length of time, Mbit/s. */
  baselineMbit: 'RELAY_BASELINE_MBIT',
  /** Addresses that no packet is relayed to, as first-last, beside those that are never public. */
  deny: 'RELAY_DENY',
  tlsHost: 'RELAY_TLS_HOST',
  /** Only on the local cloud: the relay's address, which nobody has to ask AWS for. */
  localAddress: 'RELAY_LOCAL_ADDRESS',
  /** With it: the relay's name, where there is no task to be named after. */
  localName: 'RELAY_LOCAL_NAME',
  region: 'AWS_REGION',
} as const;
