import { log } from './log.ts';
import type { Middleware } from './notes.ts';

/**
 * For events that are not answered with a frame: whoever called is told by an exception. It says nothing, because Lambda writes the
 * message and the stack of what a handler throws to the log.
 */
export function failures(): Middleware<unknown> {
  return {
    onError: (request) => {
      request.internal.code = 'internal';
      log('internal', request.error);
      request.error = silent();
    },
  };
}

function silent(): Error {
  const error = new Error('internal');
  error.stack = '';
  return error;
}
