import type { Connections } from '../../shared/store/connections.ts';
import { readCaller } from '../caller.ts';
import type { GatewayAnswer, GatewayEvent } from '../gateway.ts';

/** Forgets a connection, unless the device has another by now. Best effort: the gateway does not always call it. */
export function disconnect(connections: Pick<Connections, 'close'>) {
  return async ({ requestContext }: GatewayEvent): Promise<GatewayAnswer> => {
    const caller = readCaller(requestContext.authorizer, requestContext.connectionId);
    if (caller.kind === 'device') await connections.close(caller.account, caller.device, caller.connection);
    return { statusCode: 200 };
  };
}
