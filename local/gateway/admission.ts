import type { IncomingMessage } from 'node:http';
import * as z from 'zod/mini';
import type { Clock } from '../clock.ts';
import { evaluate } from '../iam/evaluate.ts';
import { readPolicyDocument } from '../iam/policy-document.ts';
import type { Api, Authorizer } from '../template/api.ts';
import { authorizerEvent, type ConnectionFacts, connectEvent, executeApiArn } from './events.ts';
import type { Integrations } from './integration.ts';

/** Whether a connection may be opened; if so with which facts and headers, else with which HTTP answer. */
export type Admission =
  | { admitted: true; facts: ConnectionFacts; headers: Record<string, string> }
  | { admitted: false; status: number; body: string };

const AuthorizerResponse = z.object({
  principalId: z.string(),
  policyDocument: z.unknown(),
  context: z.optional(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))),
});

/** Decides about a connection before it is one: the authorizer first, then the `$connect` route. */
export async function admit(
  api: Api,
  integrations: Integrations,
  clock: Clock,
  facts: ConnectionFacts,
  request: IncomingMessage,
): Promise<Admission> {
  const route = api.routes.get('$connect');
  if (!route) return { admitted: true, facts, headers: {} };
  const authorized = route.authorizer
    ? await authorize(api, integrations, clock, route.authorizer, facts, request)
    : facts;
  if ('admitted' in authorized) return authorized;
  const event = connectEvent(api, authorized, request, clock.now());
  const result = await integrations.callRoute('$connect', route.integration, event);
  if (!result.ok) return refuse(result.status, 'Internal server error');
  const { statusCode, headers = {}, body } = result.response;
  if (statusCode < 200 || statusCode > 299) return { admitted: false, status: statusCode, body: body ?? '' };
  return {
    admitted: true,
    facts: authorized,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)])),
  };
}

async function authorize(
  api: Api,
  integrations: Integrations,
  clock: Clock,
  authorizer: Authorizer,
  facts: ConnectionFacts,
  request: IncomingMessage,
): Promise<ConnectionFacts | Admission> {
  // Without an identity source the function is not even asked.
  if (!authorizer.identitySources.every((source) => present(source, request))) return refuse(401, 'Unauthorized');
  const started = clock.now();
  const answer = await integrations.callAuthorizer(
    authorizer.functionArn,
    authorizer.id,
    authorizerEvent(api, facts, request, started),
  );
  if (answer.unauthorized) return refuse(401, 'Unauthorized');
  const parsed = AuthorizerResponse.safeParse(answer.value);
  if (!parsed.success) return refuse(500, 'Internal server error');
  const { principalId, policyDocument, context = {} } = parsed.data;
  const decision = decide(policyDocument, executeApiArn(api, `${api.stage}/$connect`));
  if (decision === 'unknown') return refuse(500, 'Internal server error');
  if (decision === 'explicitly denied')
    return refuse(403, 'User is not authorized to access this resource with an explicit deny');
  if (decision === 'denied') return refuse(403, 'User is not authorized to access this resource');
  const texts = Object.fromEntries(Object.entries(context).map(([name, value]) => [name, String(value)]));
  return { ...facts, authorizer: { ...texts, principalId, integrationLatency: clock.now() - started } };
}

function decide(document: unknown, resource: string): ReturnType<typeof evaluate> | 'unknown' {
  try {
    return evaluate(readPolicyDocument(document, 'the authorizer'), 'execute-api:Invoke', resource);
  } catch {
    return 'unknown';
  }
}

function present({ kind, name }: Authorizer['identitySources'][number], request: IncomingMessage): boolean {
  if (kind === 'header') return Boolean(request.headers[name.toLowerCase()]);
  return Boolean(new URL(request.url ?? '/', 'http://local').searchParams.get(name));
}

function refuse(status: number, message: string): Admission {
  return { admitted: false, status, body: JSON.stringify({ message }) };
}
