import * as z from 'zod/mini';
import { render } from './render-intrinsics.ts';
import type { SynthesizedStack } from './synthesize.ts';

const oneOrMore = z.pipe(
  z.unknown(),
  z.transform((value) => (Array.isArray(value) ? value.map(render) : [render(value)])),
);
const policy = z.object({
  PolicyDocument: z.object({
    Statement: z.array(z.strictObject({ Effect: z.literal('Allow'), Action: oneOrMore, Resource: oneOrMore })),
  }),
  Roles: z.array(z.unknown()),
});

/** One permission as the template gives it: a role (logical id), an action and a resource (rendered). */
export interface Permission {
  readonly role: string;
  readonly action: string;
  readonly resource: string;
}

/**
 * Every combination of role, action and resource that the template's policies allow. Throws on a statement of another
 * form (Deny, NotAction, conditions).
 */
export function permissionsOf(stack: SynthesizedStack): Permission[] {
  return stack.ofType('AWS::IAM::Policy').flatMap(([, { Properties }]) => {
    const { PolicyDocument, Roles } = policy.parse(Properties);
    return Roles.flatMap((role) =>
      PolicyDocument.Statement.flatMap(({ Action, Resource }) =>
        Action.flatMap((action) => Resource.map((resource) => ({ role: render(role), action, resource }))),
      ),
    );
  });
}
