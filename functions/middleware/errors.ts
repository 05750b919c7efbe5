import { ProtocolError } from '../../shared/protocol/errors.ts';
import { isTransient } from '../../shared/store/retry.ts';
import { log } from './log.ts';
import type { Middleware } from './notes.ts';

/**
 * Turns whatever was thrown into an answer. Only errors of the protocol reach a client as they are; of anything else it learns
 * whether repeating may help.
 *
 * @param answer makes the answer; `id` is null when the request's could not be read
 */
export function errors<Answer>(
  answer: (error: ProtocolError, id: string | null) => Answer,
): Middleware<unknown, Answer> {
  return {
    onError: (request) => {
      const error = coded(request.error);
      request.internal.code = error.code;
      request.response = answer(error, request.internal.id ?? null);
    },
  };
}

function coded(error: unknown): ProtocolError {
  if (error instanceof ProtocolError) return error;
  const code = isTransient(error) ? 'unavailable' : 'internal';
  log(code, error);
  return new ProtocolError(code);
}
