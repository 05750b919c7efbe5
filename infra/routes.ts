import { CfnIntegration } from 'aws-cdk-lib/aws-apigatewayv2';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { API_STAGE, type Api } from './api.ts';
import { Authorizer } from './authorizer.ts';
import { FUNCTION_NAMES } from './boundaries.ts';
import type { Functions } from './functions.ts';
import { invocationUri } from './invocation-uri.ts';
import { Ping } from './ping.ts';
import { Route } from './route.ts';

export interface RoutesProps {
  readonly api: Api;
  readonly functions: Functions;
}

/** Which frame goes to which function, who may connect, and the one frame that the gateway answers itself. */
export class Routes extends Construct {
  constructor(scope: Construct, id: string, { api, functions }: RoutesProps) {
    super(scope, id);
    const { authorizerId } = new Authorizer(this, 'Authorizer', { api, target: functions.get('authorizer').function });
    for (const name of FUNCTION_NAMES) {
      const { routes } = functions.boundaries[name];
      if (routes.length === 0) continue;
      const target = functions.get(name).function;
      const integration = new CfnIntegration(this, name, {
        apiId: api.apiId,
        integrationType: 'AWS_PROXY',
        integrationUri: invocationUri(this, target),
      });
      for (const routeKey of routes) {
        const route = new Route(this, {
          api,
          routeKey,
          integrationId: integration.ref,
          ...(routeKey === '$connect' && { authorizerId }),
        });
        target.addPermission('Permission', {
          scope: route,
          principal: new ServicePrincipal('apigateway.amazonaws.com'),
          sourceArn: api.arn(`${API_STAGE}/${routeKey}`),
        });
      }
    }
    new Ping(this, 'Ping', { api });
  }
}
