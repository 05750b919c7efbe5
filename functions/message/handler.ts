import { dynamoClient, managementClient } from '../../shared/store/clients.ts';
import { connections } from '../../shared/store/connections.ts';
import { deviceLists } from '../../shared/store/device-lists.ts';
import { directory } from '../../shared/store/directory.ts';
import { readEnvironment } from '../../shared/store/environment.ts';
import { frankingKeys } from '../../shared/store/franking-keys.ts';
import { mailbox } from '../../shared/store/mailbox.ts';
import { posts } from '../../shared/store/posts.ts';
import { pushes } from '../../shared/store/pushes.ts';
import { rateLimits } from '../../shared/store/rate-limits.ts';
import { frameHandler } from '../frame-handler.ts';
import { forDevices } from '../routes.ts';
import { ack } from './ack.ts';
import { pull } from './pull.ts';
import { send } from './send.ts';

const environment = readEnvironment([
  'stage',
  'callbackUrl',
  'deviceLists',
  'connections',
  'mailbox',
  'ephemera',
  'frankingKeys',
]);
const now = () => Date.now();
const dynamo = dynamoClient();
const sockets = connections(dynamo, environment.connections, now);
const stores = {
  directory: directory(dynamo, environment, now),
  connections: sockets,
  lists: deviceLists(dynamo, environment.deviceLists),
  mailbox: mailbox(dynamo, environment.mailbox, now),
  frankingKeys: frankingKeys(dynamo, environment.frankingKeys, now),
  limits: rateLimits(dynamo, environment.ephemera, now),
  pushes: pushes(posts(managementClient(environment.callbackUrl)), sockets, now),
};

export const handler = frameHandler(
  [
    forDevices('message.send', send({ ...stores, now })),
    forDevices('message.pull', pull(stores)),
    forDevices('message.ack', ack(stores)),
  ],
  environment.stage,
  now,
);
