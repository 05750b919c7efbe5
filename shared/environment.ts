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
} as const;
