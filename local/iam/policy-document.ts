import * as z from 'zod/mini';
import { Refusal } from '../refusal.ts';
import { explain } from '../template/assembly.ts';
import type { Statement } from './evaluate.ts';

const oneOrMany = z.union([z.string(), z.array(z.string())]);

// Strict: NotAction, NotResource, NotPrincipal, Condition and whatever else would change the decision must be refused and not overlooked.
const PolicyDocument = z.strictObject({
  Version: z.literal('2012-10-17'),
  Id: z.optional(z.string()),
  Statement: z.array(
    z.strictObject({
      Sid: z.optional(z.string()),
      Effect: z.enum(['Allow', 'Deny']),
      Action: oneOrMany,
      Resource: oneOrMany,
    }),
  ),
});

/**
 * Statements of a policy document, for the evaluator.
 * @throws Refusal when the document holds anything that the evaluator does not judge (conditions among others)
 */
export function readPolicyDocument(document: unknown, owner: string): Statement[] {
  const parsed = PolicyDocument.safeParse(document);
  if (!parsed.success)
    throw new Refusal(`the policy of ${owner} holds what the local cloud does not judge (${explain(parsed.error)})`);
  return parsed.data.Statement.map(({ Effect, Action, Resource }) => ({
    effect: Effect,
    actions: [Action].flat(),
    resources: [Resource].flat(),
  }));
}

/** Every action that a policy document names, whatever else is in it. */
export function actionsOf(document: unknown): string[] {
  const parsed = z.object({ Statement: z.array(z.object({ Action: z.optional(oneOrMany) })) }).safeParse(document);
  if (!parsed.success) return [];
  return parsed.data.Statement.flatMap(({ Action }) => Action ?? []);
}
