import { dynamoClient, managementClient } from '../../shared/store/clients.ts';
import { readEnvironment } from '../../shared/store/environment.ts';
import { posts } from '../../shared/store/posts.ts';
import { rateLimits } from '../../shared/store/rate-limits.ts';
import { rendezvous } from '../../shared/store/rendezvous.ts';
import { frameHandler } from '../frame-handler.ts';
import { forAnyone } from '../routes.ts';
import { open } from './open.ts';
import { send } from './send.ts';

const environment = readEnvironment(['stage', 'callbackUrl', 'ephemera']);
const now = () => Date.now();
const dynamo = dynamoClient();
const stores = {
  rendezvous: rendezvous(dynamo, environment.ephemera, now),
  posts: posts(managementClient(environment.callbackUrl)),
  limits: rateLimits(dynamo, environment.ephemera, now),
};

export const handler = frameHandler(
  [forAnyone('link.open', open(stores)), forAnyone('link.send', send(stores))],
  environment.stage,
  now,
);
