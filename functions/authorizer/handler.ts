import middy from '@middy/core';
import { dynamoClient } from '../../shared/store/clients.ts';
import { deviceLists } from '../../shared/store/device-lists.ts';
import { readEnvironment } from '../../shared/store/environment.ts';
import { failures } from '../middleware/failures.ts';
import { metrics } from '../middleware/metrics.ts';
import { type AuthorizerAnswer, type AuthorizerEvent, authorize } from './authorize.ts';

const environment = readEnvironment(['stage', 'endpoint', 'deviceLists']);
const now = () => Date.now();

export const handler = middy<AuthorizerEvent, AuthorizerAnswer>()
  .use(metrics(environment.stage, now, 'authorize'))
  .use(failures())
  .handler(
    authorize({
      lists: deviceLists(dynamoClient(), environment.deviceLists),
      endpoint: environment.endpoint,
      now,
    }),
  );
