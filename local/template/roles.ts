import * as z from 'zod/mini';
import { checkAction } from '../iam/actions.ts';
import type { Statement } from '../iam/evaluate.ts';
import { actionsOf, readPolicyDocument } from '../iam/policy-document.ts';
import { Refusal } from '../refusal.ts';
import { ignored, type Stack } from './stack.ts';

const RoleProperties = z.strictObject({
  RoleName: z.optional(z.string()),
  AssumeRolePolicyDocument: z.object({
    Statement: z.array(z.object({ Effect: z.string(), Principal: z.object({ Service: z.optional(z.string()) }) })),
  }),
  ManagedPolicyArns: z.optional(z.array(z.string())),
  Policies: z.optional(z.array(z.strictObject({ PolicyName: z.string(), PolicyDocument: z.unknown() }))),
  Description: ignored,
  Tags: ignored,
});

const PolicyProperties = z.strictObject({
  PolicyName: z.string(),
  PolicyDocument: z.unknown(),
  Roles: z.array(z.string()),
});

/** Managed policies that grant nothing which a function could use against the emulated services. */
const HARMLESS_MANAGED_POLICIES: ReadonlySet<string> = new Set([
  'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole',
  'arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess',
]);

/** What each role that is judged may do, by the role's ARN. */
export type Roles = ReadonlyMap<string, readonly Statement[]>;

/**
 * Reads the roles that functions and the relay run under, with the policies attached to them.
 * @param assumed by the role's ARN: the service that runs something under it
 * @throws Refusal on a misspelt action in any policy of the template, or on a role that its service may not assume or that cannot be judged here
 */
export function readRoles(stack: Stack, assumed: ReadonlyMap<string, string>): Roles {
  const policies = stack.resources('AWS::IAM::Policy', PolicyProperties);
  const roles = stack.resources('AWS::IAM::Role', RoleProperties);
  const documents = [
    ...policies.map(({ logicalId, properties }) => ({
      owner: logicalId,
      document: properties.PolicyDocument,
      roles: properties.Roles,
    })),
    ...roles.flatMap(({ logicalId, identity, properties }) =>
      (properties.Policies ?? []).map((policy) => ({
        owner: logicalId,
        document: policy.PolicyDocument,
        roles: [identity.id],
      })),
    ),
  ];
  for (const { owner, document } of documents) {
    for (const action of actionsOf(document)) checkAction(action, owner);
  }
  const judged = roles.filter(({ identity }) => assumed.has(identity.arn));
  for (const { logicalId, identity, properties } of judged) {
    checkTrust(logicalId, assumed.get(identity.arn), properties.AssumeRolePolicyDocument);
    checkManagedPolicies(logicalId, properties.ManagedPolicyArns ?? []);
  }
  return new Map(
    judged.map(({ identity }) => [
      identity.arn,
      documents
        .filter((policy) => policy.roles.includes(identity.id))
        .flatMap(({ owner, document }) => readPolicyDocument(document, owner)),
    ]),
  );
}

function checkTrust(
  logicalId: string,
  service: string | undefined,
  trust: z.infer<typeof RoleProperties>['AssumeRolePolicyDocument'],
): void {
  const trusted = trust.Statement.some(({ Effect, Principal }) => Effect === 'Allow' && Principal.Service === service);
  if (!trusted)
    throw new Refusal(`${logicalId} is the role of something that ${service} runs, but ${service} may not assume it.`);
}

function checkManagedPolicies(logicalId: string, arns: string[]): void {
  const unknown = arns.find((arn) => !HARMLESS_MANAGED_POLICIES.has(arn));
  if (unknown)
    throw new Refusal(
      `${logicalId} has the managed policy ${unknown}, whose grants the local cloud does not know: grant single actions instead.`,
    );
}
