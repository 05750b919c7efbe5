import middy from '@middy/core';
import { dynamoClient, ecsClient } from '../../shared/store/clients.ts';
import { readEnvironment } from '../../shared/store/environment.ts';
import { relayLeases } from '../../shared/store/relay-leases.ts';
import { relayService } from '../../shared/store/relay-service.ts';
import { relayRegistry } from '../../shared/store/relays.ts';
import { turns } from '../../shared/store/turns.ts';
import { failures } from '../middleware/failures.ts';
import { metrics } from '../middleware/metrics.ts';
import { reconcile } from './reconcile.ts';

const environment = readEnvironment(['stage', 'relays', 'ephemera', 'relayCluster', 'relayService', 'relayMinimum']);
const now = () => Date.now();
const dynamo = dynamoClient();

export const handler = middy()
  .use(metrics(environment.stage, now, 'reconcile'))
  .use(failures())
  .handler(
    reconcile({
      registry: relayRegistry(dynamo, environment.relays, now),
      service: relayService(ecsClient(), environment.relayCluster, environment.relayService, now),
      leases: relayLeases(dynamo, environment.ephemera, now),
      turns: turns(dynamo, environment.ephemera, now),
      minimum: Number(environment.relayMinimum),
      now,
    }),
  );
