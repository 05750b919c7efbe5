import { Stack } from 'aws-cdk-lib';
import { CfnApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { Construct } from 'constructs';
import type { StageConfig } from './config.ts';

/**
 * The API Gateway stage: the last part of the generated address. Constant, because clients sign the address they
 * connect to.
 */
export const API_STAGE = 'sotto';

/**
 * The WebSocket API and its addresses. It knows nothing of routes and functions: functions carry these addresses in
 * their environment, so everything that refers to a function is made later (Routes, ApiStage).
 */
export class Api extends Construct {
  readonly apiId: string;
  /** The URL that clients connect to and sign. */
  readonly endpoint: string;
  /**
   * Where functions post to connections. Always the generated address: it works before the custom domain's DNS record
   * does.
   */
  readonly callbackUrl: string;

  constructor(scope: Construct, id: string, { stage, domain }: StageConfig) {
    super(scope, id);
    const api = new CfnApi(this, 'WebSocket', {
      name: `Sotto-${stage}`,
      protocolType: 'WEBSOCKET',
      routeSelectionExpression: '$request.body.action',
    });
    // A new logical id is a new address, and every client has the old one.
    api.overrideLogicalId('WebSocketApi');
    const { region, urlSuffix } = Stack.of(this);
    const host = `${api.ref}.execute-api.${region}.${urlSuffix}`;
    this.apiId = api.ref;
    this.endpoint = domain === undefined ? `wss://${host}/${API_STAGE}` : `wss://${domain.name}`;
    this.callbackUrl = `https://${host}/${API_STAGE}`;
  }

  /** @param path what follows the API's id: a stage and a route, a stage and a method, or an authorizer */
  arn(path: string): string {
    return Stack.of(this).formatArn({ service: 'execute-api', resource: this.apiId, resourceName: path });
  }
}
