import { callClaims } from '../../shared/store/call-claims.ts';
import { dynamoClient, managementClient } from '../../shared/store/clients.ts';
import { connections } from '../../shared/store/connections.ts';
import { directory } from '../../shared/store/directory.ts';
import { readEnvironment } from '../../shared/store/environment.ts';
import { posts } from '../../shared/store/posts.ts';
import { pushes } from '../../shared/store/pushes.ts';
import { rateLimits } from '../../shared/store/rate-limits.ts';
import { frameHandler } from '../frame-handler.ts';
import { forDevices } from '../routes.ts';
import { claim } from './claim.ts';

const environment = readEnvironment(['stage', 'callbackUrl', 'deviceLists', 'connections', 'ephemera']);
const now = () => Date.now();
const dynamo = dynamoClient();
const sockets = connections(dynamo, environment.connections, now);
const stores = {
  directory: directory(dynamo, environment, now),
  claims: callClaims(dynamo, environment.ephemera, now),
  limits: rateLimits(dynamo, environment.ephemera, now),
  pushes: pushes(posts(managementClient(environment.callbackUrl)), sockets, now),
};

export const handler = frameHandler([forDevices('call.claim', claim(stores))], environment.stage, now);
