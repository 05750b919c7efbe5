import { dynamoClient, managementClient } from '../../shared/store/clients.ts';
import { connections } from '../../shared/store/connections.ts';
import { deviceKeys } from '../../shared/store/device-keys.ts';
import { deviceLists } from '../../shared/store/device-lists.ts';
import { directory } from '../../shared/store/directory.ts';
import { readAdmission, readEnvironment } from '../../shared/store/environment.ts';
import { invites } from '../../shared/store/invites.ts';
import { mailbox } from '../../shared/store/mailbox.ts';
import { posts } from '../../shared/store/posts.ts';
import { preKeys } from '../../shared/store/prekeys.ts';
import { publications } from '../../shared/store/publications.ts';
import { pushes } from '../../shared/store/pushes.ts';
import { rateLimits } from '../../shared/store/rate-limits.ts';
import { frameHandler } from '../frame-handler.ts';
import { forAnyone, forDevices, forGuests } from '../routes.ts';
import { byInvite, byJwt, type Doorkeeper, openDoor } from './admission.ts';
import { create } from './create.ts';
import { fresh } from './fresh.ts';
import { lists } from './lists.ts';
import { publish } from './publish.ts';
import { reserve } from './reserve.ts';
import { tokens } from './tokens.ts';

const environment = readEnvironment([
  'stage',
  'callbackUrl',
  'deviceLists',
  'connections',
  'preKeys',
  'mailbox',
  'ephemera',
]);
const now = () => Date.now();
const dynamo = dynamoClient();
const stores = {
  lists: deviceLists(dynamo, environment.deviceLists),
  directory: directory(dynamo, environment, now),
  deviceKeys: deviceKeys(dynamo, environment.deviceLists),
  publications: publications(dynamo, environment, now),
  mailbox: mailbox(dynamo, environment.mailbox, now),
  preKeys: preKeys(dynamo, environment.preKeys),
  limits: rateLimits(dynamo, environment.ephemera, now),
  pushes: pushes(
    posts(managementClient(environment.callbackUrl)),
    connections(dynamo, environment.connections, now),
    now,
  ),
};

export const handler = frameHandler(
  [
    forGuests('account.create', create({ ...stores, door: await doorkeeper() })),
    forDevices('account.reserve', reserve(stores)),
    forAnyone('account.publish', publish(stores)),
    forDevices('account.fresh', fresh({ ...stores, now })),
    forDevices('account.tokens', tokens(stores)),
    forAnyone('account.lists', lists(stores)),
  ],
  environment.stage,
  now,
);

async function doorkeeper(): Promise<Doorkeeper> {
  const admission = readAdmission();
  if (admission === 'open') return openDoor;
  if (admission === 'invite') return byInvite(invites(dynamo, environment.ephemera, now));
  const { jwtIssuer, jwtAudience, jwksUrl } = readEnvironment(['jwtIssuer', 'jwtAudience', 'jwksUrl']);
  return byJwt({ issuer: jwtIssuer, audience: jwtAudience, jwksUrl }, stores.limits);
}
