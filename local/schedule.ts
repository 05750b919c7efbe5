import { randomUUID } from 'node:crypto';
import type { Clock } from './clock.ts';
import type { LambdaService } from './lambda/service.ts';
import type { MayInvoke } from './template/permissions.ts';
import type { RuleSpec } from './template/rules.ts';

/** Lambda tries an asynchronous invocation that fails twice more, after these waits, milliseconds. */
const RETRIES = [60_000, 120_000];

export interface ScheduleOptions {
  rules: readonly RuleSpec[];
  lambda: LambdaService;
  mayInvoke: MayInvoke;
  region: string;
  account: string;
  clock: Clock;
  log: (text: string) => void;
}

/**
 * Runs the schedules of the template: once now, because a rule that has just been deployed may be due at any time, and then at their period.
 * Resolves when the first round is over; the function it gives stops the rest.
 */
export async function startSchedules(options: ScheduleOptions): Promise<() => void> {
  let stopped = false;
  const cancels = new Set<() => void>();
  const later = (milliseconds: number, task: () => Promise<void>): void => {
    if (stopped) return;
    const cancel = options.clock.after(milliseconds, () => {
      cancels.delete(cancel);
      void task();
    });
    cancels.add(cancel);
  };

  const attempt = async (
    rule: RuleSpec,
    target: RuleSpec['targets'][number],
    event: unknown,
    waits: readonly number[],
  ): Promise<void> => {
    if (!options.mayInvoke('events.amazonaws.com', rule.arn, target.functionArn)) {
      return options.log(`schedule: no Lambda permission lets ${rule.arn} invoke ${target.functionArn}\n`);
    }
    const outcome = await options.lambda.invoke(target.functionArn, 'schedule', event);
    const [wait, ...rest] = waits;
    if (!outcome.ok && wait !== undefined) later(wait, () => attempt(rule, target, event, rest));
  };

  const run = async (rule: RuleSpec): Promise<void> => {
    later(rule.periodMs, () => run(rule));
    await Promise.all(
      rule.targets.map((target) => attempt(rule, target, eventOf(options, rule, target.input), RETRIES)),
    );
  };

  await Promise.all(options.rules.map(run));
  return () => {
    stopped = true;
    for (const cancel of cancels) cancel();
  };
}

function eventOf({ region, account, clock }: ScheduleOptions, rule: RuleSpec, input: string | undefined): unknown {
  if (input !== undefined) return JSON.parse(input);
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account,
    time: new Date(clock.now()).toISOString().replace(/\.\d{3}Z$/, 'Z'),
    region,
    resources: [rule.arn],
    detail: {},
  };
}
