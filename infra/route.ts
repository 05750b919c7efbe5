import { CfnRoute, CfnRouteResponse } from 'aws-cdk-lib/aws-apigatewayv2';
import { Construct } from 'constructs';
import type { Api } from './api.ts';

export interface RouteProps {
  readonly api: Api;
  readonly routeKey: string;
  readonly integrationId: string;
  /** API Gateway asks an authorizer at $connect only; its answer accompanies every later frame of the connection. */
  readonly authorizerId?: string;
}

/**
 * A route and the route response without which API Gateway drops what the handler returns, the subprotocol of $connect
 * included.
 */
export class Route extends Construct {
  constructor(scope: Construct, { api, routeKey, integrationId, authorizerId }: RouteProps) {
    super(scope, routeKey);
    // Nobody is left to answer.
    const answers = routeKey !== '$disconnect';
    const route = new CfnRoute(this, 'Route', {
      apiId: api.apiId,
      routeKey,
      target: `integrations/${integrationId}`,
      ...(authorizerId === undefined ? { authorizationType: 'NONE' } : { authorizationType: 'CUSTOM', authorizerId }),
      ...(answers && { routeResponseSelectionExpression: '$default' }),
    });
    if (!answers) return;
    new CfnRouteResponse(this, 'Response', { apiId: api.apiId, routeId: route.ref, routeResponseKey: '$default' });
  }
}
