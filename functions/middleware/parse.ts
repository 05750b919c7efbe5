import { ACTIONS } from '../../shared/protocol/actions.ts';
import { decodeRequest, frameId, parseFrame } from '../../shared/protocol/frames.ts';
import type { FrameEvent } from '../gateway.ts';
import type { Middleware } from './notes.ts';

/** Reads the frame and checks it against the schema of its action. @throws ProtocolError `bad-frame`, `unknown-action`, `bad-request` */
export function parse(): Middleware<FrameEvent> {
  return {
    before: (request) => {
      const frame = parseFrame(request.event.body ?? '');
      request.internal.id = frameId(frame);
      if (typeof frame.action === 'string' && Object.hasOwn(ACTIONS, frame.action)) {
        request.internal.action = frame.action;
      }
      request.event = { ...request.event, request: decodeRequest(frame) };
    },
  };
}
