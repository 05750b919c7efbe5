import middy from '@middy/core';
import { dynamoClient, ecsClient, secretsClient } from '../../shared/store/clients.ts';
import { readEnvironment } from '../../shared/store/environment.ts';
import { relaySecretRotation } from '../../shared/store/relay-secret-rotation.ts';
import { relayService } from '../../shared/store/relay-service.ts';
import { relayRegistry } from '../../shared/store/relays.ts';
import { failures } from '../middleware/failures.ts';
import { metrics } from '../middleware/metrics.ts';
import { rotate } from './rotate.ts';

const environment = readEnvironment(['stage', 'relays', 'relaySecretArn', 'relayCluster', 'relayService']);
const now = () => Date.now();

export const handler = middy()
  .use(metrics(environment.stage, now, 'rotate-relay-secret'))
  .use(failures())
  .handler(
    rotate({
      secret: relaySecretRotation(secretsClient(), environment.relaySecretArn),
      registry: relayRegistry(dynamoClient(), environment.relays, now),
      service: relayService(ecsClient(), environment.relayCluster, environment.relayService, now),
      now,
    }),
  );
