import { RELAY_ENVIRONMENT } from '../../shared/environment.ts';
import { accessKeyOf } from '../lambda/variables.ts';
import type { RelaySpec } from '../template/relay.ts';
import type { RelayPorts } from './ports.ts';

/** Where the relay finds the services of the local cloud. */
export interface RelayAddresses {
  region: string;
  dynamoDb: string;
  secretsManager: string;
  ecs: string;
  lambda: string;
}

/** What is of this relay alone. */
export interface RelayPlace {
  name: string;
  address: string;
  ports: RelayPorts;
}

/** The environment of the relay's container: its own from the task definition, with this machine's address and ports, and what ECS adds. */
export function relayVariables(
  spec: RelaySpec,
  addresses: RelayAddresses,
  { name, address, ports }: RelayPlace,
): Record<string, string> {
  return {
    ...spec.environment,
    [RELAY_ENVIRONMENT.localName]: name,
    [RELAY_ENVIRONMENT.localAddress]: address,
    [RELAY_ENVIRONMENT.listenPort]: String(ports.listen),
    [RELAY_ENVIRONMENT.minPort]: String(ports.min),
    [RELAY_ENVIRONMENT.maxPort]: String(ports.max),
    [RELAY_ENVIRONMENT.region]: addresses.region,
    AWS_ACCESS_KEY_ID: accessKeyOf(spec.logicalId),
    AWS_SECRET_ACCESS_KEY: 'not-a-secret',
    AWS_ENDPOINT_URL_DYNAMODB: addresses.dynamoDb,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: addresses.secretsManager,
    AWS_ENDPOINT_URL_ECS: addresses.ecs,
    AWS_ENDPOINT_URL_LAMBDA: addresses.lambda,
    // The SDK would otherwise look into the home directory of whoever runs this, and ask the network for an instance's role.
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}
