import { SUBPROTOCOL } from '../../shared/protocol/session.ts';
import type { Connections } from '../../shared/store/connections.ts';
import { readCaller } from '../caller.ts';
import type { GatewayAnswer, GatewayEvent } from '../gateway.ts';

/** A browser fails a connection whose answer does not name a protocol that it offered. */
const OPEN: GatewayAnswer = { statusCode: 200, headers: { 'Sec-WebSocket-Protocol': SUBPROTOCOL } };
const REFUSED: GatewayAnswer = { statusCode: 403 };

/** Opens a connection: makes it the device's only one. Nothing may be pushed to it before this has answered. */
export function connect(connections: Pick<Connections, 'open'>) {
  return async ({ requestContext }: GatewayEvent): Promise<GatewayAnswer> => {
    const { authorizer, connectionId, connectedAt } = requestContext;
    const caller = readCaller(authorizer, connectionId);
    if (caller.kind === 'guest') return OPEN;
    const opened = await connections.open(caller, caller.ticket, { connection: connectionId, connectedAt });
    return opened ? OPEN : REFUSED;
  };
}
