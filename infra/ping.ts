import { CfnIntegration, CfnIntegrationResponse } from 'aws-cdk-lib/aws-apigatewayv2';
import { Construct } from 'constructs';
import type { Api } from './api.ts';
import { Route } from './route.ts';

/** A template selection expression that always selects the template named $default. */
const ALWAYS_DEFAULT = '\\$default';

/**
 * The frame that keeps a connection from the ten-minute idle limit. The gateway answers it itself: WebSocket pings are
 * not documented to count, and a function would be paid for every one.
 */
export class Ping extends Construct {
  constructor(scope: Construct, id: string, { api }: { readonly api: Api }) {
    super(scope, id);
    const integration = new CfnIntegration(this, 'Integration', {
      apiId: api.apiId,
      integrationType: 'MOCK',
      templateSelectionExpression: ALWAYS_DEFAULT,
      requestTemplates: { $default: JSON.stringify({ statusCode: 200 }) },
    });
    // A MOCK integration answers nothing without a response of its own.
    new CfnIntegrationResponse(this, 'Reply', {
      apiId: api.apiId,
      integrationId: integration.ref,
      integrationResponseKey: '$default',
      templateSelectionExpression: ALWAYS_DEFAULT,
      responseTemplates: { $default: JSON.stringify({ event: 'pong' }) },
    });
    new Route(this, { api, routeKey: 'ping', integrationId: integration.ref });
  }
}
