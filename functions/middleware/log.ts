import type { ErrorCode } from '../../shared/protocol/errors.ts';

/**
 * One line for a failure: the error's name and the place in the code. Never its message: those of the SDK contain keys of items, and so
 * does a stack, which begins with the message.
 */
export function log(code: ErrorCode, error: unknown): void {
  // Not the console: Lambda adds the id of the request to what comes from there.
  process.stderr.write(`${JSON.stringify({ level: 'ERROR', code, ...site(error) })}\n`);
}

function site(error: unknown): { error: string; at: string } {
  if (!(error instanceof Error)) return { error: typeof error, at: '' };
  const stack = error.stack ?? '';
  const below = stack.slice(stack.indexOf(error.message) + error.message.length);
  return { error: error.name, at: /^\s+at (.+)$/m.exec(below)?.[1] ?? '' };
}
