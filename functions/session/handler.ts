import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { dynamoClient } from '../../shared/store/clients.ts';
import { connections } from '../../shared/store/connections.ts';
import { deviceLists } from '../../shared/store/device-lists.ts';
import { readAdmission, readEnvironment } from '../../shared/store/environment.ts';
import { frameHandler } from '../frame-handler.ts';
import type { GatewayAnswer, GatewayEvent } from '../gateway.ts';
import { failures } from '../middleware/failures.ts';
import { metrics } from '../middleware/metrics.ts';
import { forAnyone } from '../routes.ts';
import { connect } from './connect.ts';
import { disconnect } from './disconnect.ts';
import { hello } from './hello.ts';

const environment = readEnvironment(['stage', 'endpoint', 'deviceLists', 'connections']);
const now = () => Date.now();
const dynamo = dynamoClient();
const sockets = connections(dynamo, environment.connections, now);
const lists = deviceLists(dynamo, environment.deviceLists);

/** The routes on which no frame has arrived. */
const lifecycle = (action: string, handle: (event: GatewayEvent) => Promise<GatewayAnswer>) =>
  middy<GatewayEvent, GatewayAnswer>()
    .use(metrics(environment.stage, now, action))
    .use(failures())
    .handler(handle);

const opening = lifecycle('connect', connect(sockets));
const closing = lifecycle('disconnect', disconnect(sockets));
/** `hello`, and whatever names no action: the gateway sends both here. */
const frames = frameHandler(
  [
    forAnyone(
      'hello',
      hello({ lists, connections: sockets, endpoint: environment.endpoint, admission: readAdmission(), now }),
    ),
  ],
  environment.stage,
  now,
);

export function handler(event: GatewayEvent, context: Context): Promise<GatewayAnswer> {
  const { routeKey } = event.requestContext;
  if (routeKey === '$connect') return opening(event, context);
  if (routeKey === '$disconnect') return closing(event, context);
  return frames(event, context);
}
