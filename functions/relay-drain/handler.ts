import middy from '@middy/core';
import { dynamoClient, managementClient } from '../../shared/store/clients.ts';
import { readEnvironment } from '../../shared/store/environment.ts';
import { posts } from '../../shared/store/posts.ts';
import { relayLeases } from '../../shared/store/relay-leases.ts';
import { relayRegistry } from '../../shared/store/relays.ts';
import { failures } from '../middleware/failures.ts';
import { metrics } from '../middleware/metrics.ts';
import { drain } from './drain.ts';

const environment = readEnvironment(['stage', 'relays', 'ephemera', 'callbackUrl']);
const now = () => Date.now();
const dynamo = dynamoClient();

export const handler = middy()
  .use(metrics(environment.stage, now, 'drain'))
  .use(failures())
  .handler(
    drain({
      registry: relayRegistry(dynamo, environment.relays, now),
      leases: relayLeases(dynamo, environment.ephemera, now),
      posts: posts(managementClient(environment.callbackUrl)),
    }),
  );
