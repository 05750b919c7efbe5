import type * as z from 'zod/mini';
import { Refusal } from '../refusal.ts';
import {
  ApiProperties,
  AuthorizerProperties,
  IntegrationProperties,
  IntegrationResponseProperties,
  RouteProperties,
  RouteResponseProperties,
  StageProperties,
} from './api-schemas.ts';
import type { Stack, StackResource } from './stack.ts';

/** What answers a route: a function, or a constant (undefined: a MOCK that has no response, which answers nothing). */
export type Integration =
  | { type: 'function'; functionArn: string; timeoutMs: number }
  | { type: 'constant'; reply: string | undefined };

export interface Authorizer {
  id: string;
  functionArn: string;
  /** Parts of the request that must be there and not empty. */
  identitySources: { kind: 'header' | 'querystring'; name: string }[];
}

export interface Route {
  key: string;
  integration: Integration;
  /** Whether what the integration answers goes to the client. */
  returnsResponse: boolean;
  authorizer?: Authorizer;
}

/** The WebSocket API of the template with its one stage. */
export interface Api {
  id: string;
  stage: string;
  region: string;
  account: string;
  /** Path into the JSON body of a frame where its route is named. */
  selector: readonly string[];
  routes: ReadonlyMap<string, Route>;
  /** Requests per second of each route, and how many may come at once. */
  throttle?: { rate: number; burst: number };
}

/** API Gateway's limit for an integration, milliseconds. */
const INTEGRATION_TIMEOUT = 29_000;

/** @throws Refusal unless there is exactly one WebSocket API with exactly one stage, of a form that the gateway here reproduces */
export function readApi(stack: Stack): Api {
  const api = only(stack.resources('AWS::ApiGatewayV2::Api', ApiProperties), 'WebSocket API');
  const stage = only(stack.resources('AWS::ApiGatewayV2::Stage', StageProperties), 'stage').properties;
  const integrations = readIntegrations(stack);
  const authorizers = readAuthorizers(stack);
  const responses = stack.resources('AWS::ApiGatewayV2::RouteResponse', RouteResponseProperties);
  const answered = new Set(responses.map(({ properties }) => properties.RouteId));

  const routes = stack
    .resources('AWS::ApiGatewayV2::Route', RouteProperties)
    .map(({ logicalId, identity, properties }): Route => {
      const integration = integrations.get(properties.Target.slice('integrations/'.length));
      if (!integration)
        throw new Refusal(`${logicalId} has the target ${properties.Target}, which is no integration of the template.`);
      const authorizer = authorizers.get(properties.AuthorizerId ?? '');
      if (properties.AuthorizationType === 'CUSTOM' && !authorizer)
        throw new Refusal(`${logicalId} has no authorizer of the template.`);
      if (authorizer && properties.RouteKey !== '$connect')
        throw new Refusal(`${logicalId} has an authorizer: API Gateway allows one only on $connect.`);
      return {
        key: properties.RouteKey,
        integration,
        // Both halves are needed: the response, and the expression that selects it.
        returnsResponse: answered.has(identity.id) && properties.RouteResponseSelectionExpression !== undefined,
        ...(authorizer ? { authorizer } : {}),
      };
    });

  const { account, region } = stack.assembly;
  const { ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst } = stage.DefaultRouteSettings ?? {};
  return {
    id: api.identity.id,
    stage: stage.StageName,
    region,
    account,
    selector: api.properties.RouteSelectionExpression.split('.').slice(2),
    routes: new Map(routes.map((route) => [route.key, route])),
    ...(rate === undefined || burst === undefined ? {} : { throttle: { rate, burst } }),
  };
}

function readIntegrations(stack: Stack): Map<string, Integration> {
  const responses = stack.resources('AWS::ApiGatewayV2::IntegrationResponse', IntegrationResponseProperties);
  return new Map(
    stack
      .resources('AWS::ApiGatewayV2::Integration', IntegrationProperties)
      .map(({ logicalId, identity, properties }): [string, Integration] => {
        if (properties.IntegrationType === 'AWS_PROXY') {
          const timeoutMs = properties.TimeoutInMillis ?? INTEGRATION_TIMEOUT;
          return [
            identity.id,
            { type: 'function', functionArn: functionOf(logicalId, properties.IntegrationUri), timeoutMs },
          ];
        }
        const own = responses
          .filter((response) => response.properties.IntegrationId === identity.id)
          .map(({ properties }) => properties);
        return [identity.id, { type: 'constant', reply: constantReply(logicalId, properties, own) }];
      }),
  );
}

/** A MOCK takes its status from the request template, the status picks the integration response, and that has the body. */
function constantReply(
  logicalId: string,
  integration: z.infer<typeof IntegrationProperties>,
  responses: z.infer<typeof IntegrationResponseProperties>[],
): string | undefined {
  const request = select(integration.RequestTemplates, integration.TemplateSelectionExpression);
  const status = /"statusCode"\s*:\s*(\d{3})/.exec(request ?? '')?.[1];
  if (!status)
    throw new Refusal(
      `${logicalId} is a MOCK without a request template that has a statusCode: API Gateway would answer with an error.`,
    );
  const byKey = (key: string) => responses.find((response) => response.IntegrationResponseKey === key);
  const response = byKey(`/${status}/`) ?? byKey('$default');
  return select(response?.ResponseTemplates, response?.TemplateSelectionExpression);
}

function select(templates: Record<string, string> | undefined, expression: string | undefined): string | undefined {
  return templates?.[(expression ?? '$default').replace('\\$', '$')] ?? templates?.$default;
}

function readAuthorizers(stack: Stack): Map<string, Authorizer> {
  return new Map(
    stack
      .resources('AWS::ApiGatewayV2::Authorizer', AuthorizerProperties)
      .map(({ logicalId, identity, properties }) => [
        identity.id,
        {
          id: identity.id,
          functionArn: functionOf(logicalId, properties.AuthorizerUri),
          identitySources: properties.IdentitySource.map((source) => {
            const [, , kind, name = ''] = source.split('.');
            return { kind: kind === 'header' ? 'header' : 'querystring', name };
          }),
        },
      ]),
  );
}

/** API Gateway names a function by a path that contains its ARN. */
function functionOf(logicalId: string, uri = ''): string {
  const arn = /\/functions\/(arn:[^/]+)\/invocations$/.exec(uri)?.[1];
  if (!arn) throw new Refusal(`${logicalId} does not invoke a function of the template (${uri}).`);
  return arn;
}

function only<T>(resources: StackResource<T>[], what: string): StackResource<T> {
  const [first] = resources;
  if (first && resources.length === 1) return first;
  throw new Refusal(
    `The template has ${resources.length} resources that are a ${what}; the local cloud runs exactly one.`,
  );
}
