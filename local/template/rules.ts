import * as z from 'zod/mini';
import { Refusal } from '../refusal.ts';
import { ignored, type Stack } from './stack.ts';

const RuleProperties = z.strictObject({
  Name: z.optional(z.string()),
  ScheduleExpression: z.string(),
  State: z.optional(z.enum(['ENABLED', 'DISABLED'])),
  Targets: z.array(z.strictObject({ Arn: z.string(), Id: z.string(), Input: z.optional(z.string()) })),
  Description: ignored,
  Tags: ignored,
});

const UNITS: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** A schedule of the template. */
export interface RuleSpec {
  arn: string;
  periodMs: number;
  /** `input`: the JSON that replaces the usual event. */
  targets: { functionArn: string; input?: string }[];
}

export function readRules(stack: Stack): RuleSpec[] {
  return stack
    .resources('AWS::Events::Rule', RuleProperties)
    .filter(({ properties }) => properties.State !== 'DISABLED')
    .map(({ logicalId, identity, properties }) => ({
      arn: identity.arn,
      periodMs: parseRate(logicalId, properties.ScheduleExpression),
      targets: properties.Targets.map(({ Arn, Input }) => ({
        functionArn: Arn,
        ...(Input === undefined ? {} : { input: Input }),
      })),
    }));
}

function parseRate(logicalId: string, expression: string): number {
  const match = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression);
  const unit = UNITS[match?.[2] ?? ''];
  if (!match || unit === undefined) {
    throw new Refusal(
      `${logicalId} cannot be run locally: of schedules only rate(...) is known, and it has ${expression}.`,
    );
  }
  return Number(match[1]) * unit;
}
