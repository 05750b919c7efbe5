import { dynamoClient, managementClient } from '../../shared/store/clients.ts';
import { connections } from '../../shared/store/connections.ts';
import { directory } from '../../shared/store/directory.ts';
import { readEnvironment } from '../../shared/store/environment.ts';
import { posts } from '../../shared/store/posts.ts';
import { preKeyPages } from '../../shared/store/prekey-pages.ts';
import { preKeys } from '../../shared/store/prekeys.ts';
import { pushes } from '../../shared/store/pushes.ts';
import { rateLimits } from '../../shared/store/rate-limits.ts';
import { frameHandler } from '../frame-handler.ts';
import { forDevices } from '../routes.ts';
import { count } from './count.ts';
import { fetch } from './fetch.ts';
import { publish } from './publish.ts';

const environment = readEnvironment(['stage', 'callbackUrl', 'deviceLists', 'connections', 'preKeys', 'ephemera']);
const now = () => Date.now();
const dynamo = dynamoClient();
const sockets = connections(dynamo, environment.connections, now);
const stores = {
  connections: sockets,
  directory: directory(dynamo, environment, now),
  preKeys: preKeys(dynamo, environment.preKeys),
  pages: preKeyPages(dynamo, environment.preKeys),
  limits: rateLimits(dynamo, environment.ephemera, now),
  pushes: pushes(posts(managementClient(environment.callbackUrl)), sockets, now),
};

export const handler = frameHandler(
  [
    forDevices('prekeys.publish', publish(stores)),
    forDevices('prekeys.fetch', fetch(stores)),
    forDevices('prekeys.count', count(stores)),
  ],
  environment.stage,
  now,
);
