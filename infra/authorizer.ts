import { CfnAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Api } from './api.ts';
import { invocationUri } from './invocation-uri.ts';

/**
 * Asks a function whether a ticket may connect. A client without the header is refused by the gateway itself, and no
 * function runs.
 */
export class Authorizer extends Construct {
  readonly authorizerId: string;

  constructor(scope: Construct, id: string, { api, target }: { readonly api: Api; readonly target: IFunction }) {
    super(scope, id);
    const authorizer = new CfnAuthorizer(this, 'Authorizer', {
      apiId: api.apiId,
      name: 'ticket',
      authorizerType: 'REQUEST',
      authorizerUri: invocationUri(this, target),
      identitySource: ['route.request.header.Sec-WebSocket-Protocol'],
    });
    this.authorizerId = authorizer.ref;
    target.addPermission('Permission', {
      scope: this,
      principal: new ServicePrincipal('apigateway.amazonaws.com'),
      sourceArn: api.arn(`authorizers/${authorizer.ref}`),
    });
  }
}
