import type { IncomingMessage } from 'node:http';
import { accessKeyOf } from '../lambda/variables.ts';
import type { Roles } from '../template/roles.ts';
import { evaluate } from './evaluate.ts';

/** Whoever runs under a role of the template: a function, or the relay. */
export interface RoleHolder {
  logicalId: string;
  name: string;
  roleArn: string;
}

/** Who sent a request to an AWS service. */
export interface Caller {
  functionId: string;
  environmentId: string;
  /** Session name and role as AWS writes them in its refusals. */
  principal: string;
  /** Whether the caller's role allows this action on this resource. */
  may(action: string, resource: string): { allowed: true } | { allowed: false; reason: string };
}

/** Finds the caller by the access key in the signature of a request. The signature itself is not checked: the keys here are no secret. */
export function createCallers(
  holders: readonly RoleHolder[],
  roles: Roles,
): (request: IncomingMessage, service: string) => Caller | undefined {
  const byKey = new Map(holders.map((spec) => [accessKeyOf(spec.logicalId), spec]));
  return (request, service) => {
    const credential = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d{8}\/[\w-]+\/([\w-]+)\/aws4_request,/.exec(
      request.headers.authorization ?? '',
    );
    const spec = byKey.get(credential?.[1] ?? '');
    if (!spec || credential?.[2] !== service) return undefined;
    const principal = `${spec.roleArn.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/${spec.name}`;
    const statements = roles.get(spec.roleArn) ?? [];
    return {
      functionId: spec.logicalId,
      environmentId: String(request.headers['x-amz-security-token'] ?? ''),
      principal,
      may: (action, resource) => {
        const decision = evaluate(statements, action, resource);
        if (decision === 'allowed') return { allowed: true };
        const because =
          decision === 'denied' ? `no identity-based policy allows the ${action} action` : 'of an explicit deny';
        return {
          allowed: false,
          reason: `User: ${principal} is not authorized to perform: ${action} on resource: ${resource} because ${because}`,
        };
      },
    };
  };
}
