import { ProtocolError } from '../../shared/protocol/errors.ts';
import { GUEST_MS } from '../../shared/protocol/limits.ts';
import { readCaller } from '../caller.ts';
import type { FrameEvent } from '../gateway.ts';
import type { Middleware } from './notes.ts';

/** Says who is calling. @throws ProtocolError `guest-expired` two minutes after a guest connected */
export function caller(now: () => number): Middleware<FrameEvent> {
  return {
    before: (request) => {
      const { authorizer, connectionId, connectedAt } = request.event.requestContext;
      const found = readCaller(authorizer, connectionId);
      if (found.kind === 'guest' && now() - connectedAt > GUEST_MS) throw new ProtocolError('guest-expired');
      request.event = { ...request.event, caller: found };
    },
  };
}
