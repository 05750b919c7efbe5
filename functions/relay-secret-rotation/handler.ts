import middy from '@middy/core';
import { dynamoClient, ecsClient, secretsClient } from '../../shared/store/clients.ts';
import { readEnvironment } from '../../shared/store/environment.ts';
import { relaySecretVersions } from '../../shared/store/relay-secret-versions.ts';
import { relayService } from '../../shared/store/relay-service.ts';
import { relayRegistry } from '../../shared/store/relays.ts';
import { failures } from '../middleware/failures.ts';
import { metrics } from '../middleware/metrics.ts';
import { rotate } from './rotate.ts';

const environment = readEnvironment(['stage', 'relays', 'relaySecretArn', 'relayCluster', 'relayService']);
const { relaySecretArn: secretArn, relayCluster, relayService: service } = environment;
const now = () => Date.now();

export const handler = middy()
  .use(metrics(environment.stage, now, 'rotate-relay-secret'))
  .use(failures())
  .handler(
    rotate({
      versions: relaySecretVersions(secretsClient(), secretArn),
      registry: relayRegistry(dynamoClient(), environment.relays, now),
      service: relayService(ecsClient(), relayCluster, service, now),
      secretArn,
      now,
    }),
  );
