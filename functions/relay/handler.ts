import { dynamoClient, ecsClient, secretsClient } from '../../shared/store/clients.ts';
import { connections } from '../../shared/store/connections.ts';
import {
  type RelayProvider,
  readEnvironment,
  readRelayEndpoints,
  readRelayProvider,
} from '../../shared/store/environment.ts';
import { rateLimits } from '../../shared/store/rate-limits.ts';
import { relayChoices } from '../../shared/store/relay-choice.ts';
import { relayLeases } from '../../shared/store/relay-leases.ts';
import { relaySecrets } from '../../shared/store/relay-secrets.ts';
import { relayService } from '../../shared/store/relay-service.ts';
import { relayRegistry } from '../../shared/store/relays.ts';
import { frameHandler } from '../frame-handler.ts';
import { forDevices } from '../routes.ts';
import { credentials, noRelays, type RelaySource } from './credentials.ts';
import { externalRelay } from './external.ts';
import { type FleetWith, fleetRelays } from './fleet.ts';

const environment = readEnvironment(['stage', 'connections', 'ephemera']);
const now = () => Date.now();
const dynamo = dynamoClient();
const stores = {
  connections: connections(dynamo, environment.connections, now),
  limits: rateLimits(dynamo, environment.ephemera, now),
  relays: sourceOf(readRelayProvider()),
};

export const handler = frameHandler([forDevices('relay.credentials', credentials(stores))], environment.stage, now);

function sourceOf(provider: RelayProvider): RelaySource {
  if (provider === 'none') return noRelays;
  const { relaySecretArn } = readEnvironment(['relaySecretArn']);
  const secrets = relaySecrets(secretsClient(), relaySecretArn, now);
  if (provider === 'external') return externalRelay({ endpoints: readRelayEndpoints(), secrets, now });
  return fleetRelays({
    registry: relayRegistry(dynamo, readEnvironment(['relays']).relays, now),
    choices: relayChoices(dynamo, environment.ephemera, now),
    leases: relayLeases(dynamo, environment.ephemera, now),
    secrets,
    now,
    random: Math.random,
    ...starter(),
  });
}

/** Only a fleet that may stand at none has to be started; others keep a relay running by themselves. */
function starter(): Pick<FleetWith, 'start'> {
  if (readEnvironment(['relayMinimum']).relayMinimum !== '0') return {};
  const { relayCluster, relayService: service } = readEnvironment(['relayCluster', 'relayService']);
  return { start: relayService(ecsClient(), relayCluster, service, now).start };
}
