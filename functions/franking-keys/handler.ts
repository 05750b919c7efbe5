import middy from '@middy/core';
import { dynamoClient } from '../../shared/store/clients.ts';
import { readEnvironment } from '../../shared/store/environment.ts';
import { frankingKeys } from '../../shared/store/franking-keys.ts';
import { failures } from '../middleware/failures.ts';
import { metrics } from '../middleware/metrics.ts';
import { rotate } from './rotate.ts';

const environment = readEnvironment(['stage', 'frankingKeys']);
const now = () => Date.now();

export const handler = middy()
  .use(metrics(environment.stage, now, 'rotate'))
  .use(failures())
  .handler(rotate(frankingKeys(dynamoClient(), environment.frankingKeys, now), now));
