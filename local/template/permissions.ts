import * as z from 'zod/mini';
import { matches } from '../iam/evaluate.ts';
import { ignored, type Stack } from './stack.ts';

const PermissionProperties = z.strictObject({
  Action: z.literal('lambda:InvokeFunction'),
  FunctionName: z.string(),
  Principal: z.string(),
  SourceArn: z.optional(z.string()),
  // The only account there is.
  SourceAccount: ignored,
});

/** Says whether a service may invoke a function on behalf of a source (a route, an authorizer, a rule). */
export type MayInvoke = (principal: string, sourceArn: string, functionArn: string) => boolean;

/** Reads the resource policies of the functions. */
export function readPermissions(stack: Stack): MayInvoke {
  const permissions = stack
    .resources('AWS::Lambda::Permission', PermissionProperties)
    .map(({ properties }) => properties);
  return (principal, sourceArn, functionArn) =>
    permissions.some(
      (permission) =>
        permission.Principal === principal &&
        [functionArn, functionArn.split(':').at(-1)].includes(permission.FunctionName) &&
        (permission.SourceArn === undefined || matches(permission.SourceArn, sourceArn)),
    );
}
