import middy from '@middy/core';
import { ProtocolError } from '../shared/protocol/errors.ts';
import { encodeError } from '../shared/protocol/frames.ts';
import type { FrameEvent, GatewayAnswer } from './gateway.ts';
import { caller } from './middleware/caller.ts';
import { errors } from './middleware/errors.ts';
import { metrics } from './middleware/metrics.ts';
import { parse } from './middleware/parse.ts';
import type { Route } from './routes.ts';

/**
 * The handler of a function that answers frames: the same stack for every function. A request that the gateway brought to the wrong
 * function (a frame with two actions) is as unknown as one that nobody answers.
 */
export function frameHandler(routes: readonly Route[], stage: string, now: () => number) {
  const byName = new Map(routes.map((route) => [route.name as string, route]));
  return middy<FrameEvent, GatewayAnswer>()
    .use(metrics(stage, now))
    .use(errors((error, id) => frame(encodeError(id, error))))
    .use(parse())
    .use(caller(now))
    .handler(async ({ request, caller: from }) => {
      const route = byName.get(request?.action ?? '');
      if (!request || !from || !route) throw new ProtocolError('unknown-action');
      return frame(await route.answer(request, from));
    });
}

function frame(body: string): GatewayAnswer {
  return { statusCode: 200, body };
}
