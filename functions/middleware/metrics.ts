import type { Middleware, Notes } from './notes.ts';

/**
 * One line for each invocation in CloudWatch's embedded metric format: action, code and milliseconds. It carries no ids: who did
 * something when is not for the logs.
 *
 * @param action where no frame names one
 */
export function metrics(stage: string, now: () => number, action = 'none'): Middleware<unknown> {
  const emit = ({ internal }: { internal: Notes }) => {
    const at = now();
    // Not the console: Lambda would wrap the line in one of its own, with the id of the request, and CloudWatch finds no metrics in that.
    process.stdout.write(
      `${JSON.stringify({
        _aws: {
          Timestamp: at,
          CloudWatchMetrics: [
            {
              Namespace: 'Sotto',
              Dimensions: [['stage', 'action', 'code']],
              Metrics: [{ Name: 'duration', Unit: 'Milliseconds' }],
            },
          ],
        },
        stage,
        action: internal.action ?? action,
        code: internal.code ?? 'ok',
        duration: at - (internal.startedAt ?? at),
      })}\n`,
    );
  };
  return {
    before: ({ internal }) => {
      internal.startedAt = now();
    },
    after: emit,
    onError: emit,
  };
}
