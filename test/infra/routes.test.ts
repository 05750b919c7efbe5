import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { ACTIONS } from '../../shared/protocol/actions.ts';
import { render } from '../support/render-intrinsics.ts';
import { synthesize } from '../support/synthesize.ts';

const stack = synthesize();

const route = z.object({
  AuthorizationType: z.string(),
  AuthorizerId: z.optional(z.unknown()),
  RouteKey: z.string(),
  RouteResponseSelectionExpression: z.optional(z.literal('$default')),
  Target: z.unknown(),
});
const routes = stack
  .ofType('AWS::ApiGatewayV2::Route')
  .map(([id, { Properties }]) => ({ id, ...route.parse(Properties) }));
const byFunction = routes.filter(({ RouteKey }) => RouteKey !== 'ping');

const invocation = z.object({
  Action: z.literal('lambda:InvokeFunction'),
  FunctionName: z.unknown(),
  Principal: z.string(),
  SourceArn: z.unknown(),
});
const permissions = stack.ofType('AWS::Lambda::Permission').map(([, { Properties }]) => invocation.parse(Properties));

/** What an integration calls: `<Function.Arn>`, or the type of integration when it calls nothing. */
function targetOf(integrationTarget: unknown): string {
  const id = render(integrationTarget).replace('integrations/<', '').slice(0, -1);
  const { IntegrationType, IntegrationUri } = stack.resources[id]?.Properties ?? {};
  if (IntegrationType !== 'AWS_PROXY') return String(IntegrationType);
  return render(IntegrationUri).replace(
    /^arn:aws:apigateway:eu-central-1:lambda:path\/2015-03-31\/functions\/(<\w+\.Arn>)\/invocations$/,
    '$1',
  );
}

describe('the routes', () => {
  it('are the actions of the protocol, ping, and the three of API Gateway', () => {
    const expected = [...Object.keys(ACTIONS), 'ping', '$connect', '$disconnect', '$default'];
    expect(routes.map(({ RouteKey }) => RouteKey).toSorted()).toEqual(expected.toSorted());
  });

  it('are selected by the action of a frame', () => {
    expect(stack.resources.WebSocketApi?.Properties).toMatchObject({
      ProtocolType: 'WEBSOCKET',
      RouteSelectionExpression: '$request.body.action',
    });
  });

  it('answer on the connection, but for the end of it', () => {
    const answered = stack.ofType('AWS::ApiGatewayV2::RouteResponse').map(([, { Properties }]) => {
      expect(Properties.RouteResponseKey).toBe('$default');
      return render(Properties.RouteId);
    });
    const answering = routes.filter(({ RouteKey }) => RouteKey !== '$disconnect');
    expect(answered.toSorted()).toEqual(answering.map(({ id }) => `<${id}>`).toSorted());
    for (const { RouteKey, RouteResponseSelectionExpression } of routes) {
      expect(RouteResponseSelectionExpression).toBe(RouteKey === '$disconnect' ? undefined : '$default');
    }
  });

  it.each(byFunction)('$RouteKey may invoke its function, for this route of this stage alone', ({
    RouteKey,
    Target,
  }) => {
    const sourceArn = `arn:aws:execute-api:eu-central-1:<AWS::AccountId>:<WebSocketApi>/sotto/${RouteKey}`;
    const matching = permissions.filter(({ SourceArn }) => render(SourceArn) === sourceArn);
    expect(matching.map(({ FunctionName, Principal }) => [render(FunctionName), Principal])).toEqual([
      [targetOf(Target), 'apigateway.amazonaws.com'],
    ]);
  });

  it('nobody else may invoke a function, but the authorizer and the schedule', () => {
    const others = permissions
      .map(({ SourceArn }) => render(SourceArn))
      .filter((arn) => !arn.includes('<WebSocketApi>/sotto/'));
    expect(others).toEqual([
      expect.stringMatching(
        /^arn:aws:execute-api:eu-central-1:<AWS::AccountId>:<WebSocketApi>\/authorizers\/<RoutesAuthorizer\w+>$/,
      ),
      expect.stringMatching(/^<KeyRotationDaily\w+\.Arn>$/),
    ]);
  });
});

describe('$connect', () => {
  const [[authorizerId, { Properties }]] = z
    .tuple([z.tuple([z.string(), z.custom<{ Properties: Record<string, unknown> }>()])])
    .parse(stack.ofType('AWS::ApiGatewayV2::Authorizer'));

  it('is the one route with an authorizer', () => {
    const authorized = routes.filter(({ AuthorizationType }) => AuthorizationType !== 'NONE');
    expect(
      authorized.map(({ RouteKey, AuthorizationType, AuthorizerId }) => [
        RouteKey,
        AuthorizationType,
        render(AuthorizerId),
      ]),
    ).toEqual([['$connect', 'CUSTOM', `<${authorizerId}>`]]);
  });

  it('takes the ticket from the subprotocol header, and refuses without asking when there is none', () => {
    expect(Properties.AuthorizerType).toBe('REQUEST');
    expect(Properties.IdentitySource).toEqual(['route.request.header.Sec-WebSocket-Protocol']);
    expect(render(Properties.AuthorizerUri)).toMatch(
      /\/functions\/<FunctionsAuthorizerFunction\w+\.Arn>\/invocations$/,
    );
  });
});

describe('ping', () => {
  it('is answered by the gateway itself, with a constant', () => {
    const ping = routes.find(({ RouteKey }) => RouteKey === 'ping');
    const integrationId = render(ping?.Target).replace('integrations/', '');
    expect(stack.resources[integrationId.slice(1, -1)]?.Properties).toMatchObject({
      IntegrationType: 'MOCK',
      RequestTemplates: { $default: '{"statusCode":200}' },
      TemplateSelectionExpression: '\\$default',
    });
    const replies = stack.ofType('AWS::ApiGatewayV2::IntegrationResponse').map(([, reply]) => reply.Properties);
    expect(replies).toEqual([
      {
        ApiId: { Ref: 'WebSocketApi' },
        IntegrationId: { Ref: integrationId.slice(1, -1) },
        IntegrationResponseKey: '$default',
        ResponseTemplates: { $default: '{"event":"pong"}' },
        TemplateSelectionExpression: '\\$default',
      },
    ]);
  });
});
