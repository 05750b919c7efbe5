import { RemovalPolicy } from 'aws-cdk-lib';
import { CfnAccount } from 'aws-cdk-lib/aws-apigateway';
import type { CfnStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { StageConfig } from './config.ts';

/**
 * One line per frame: what kind, how it ended, how long it took. Not from where, not whose, not on which connection.
 * The id is API Gateway's own, random and written nowhere else; a format must have one (the rule is documented for REST
 * APIs, and the CDK holds WebSocket APIs to it).
 */
const FORMAT = JSON.stringify({
  time: '$context.requestTimeEpoch',
  route: '$context.routeKey',
  event: '$context.eventType',
  status: '$context.status',
  error: '$context.error.responseType',
  latency: '$context.integrationLatency',
  request: '$context.extendedRequestId',
});

/** The access log of the API stage, with the account-wide role that API Gateway writes all its logs with. */
export class AccessLog extends Construct {
  readonly settings: CfnStage.AccessLogSettingsProperty;

  constructor(scope: Construct, id: string, { logRetentionDays, retainData }: StageConfig) {
    super(scope, id);
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('apigateway.amazonaws.com'),
      managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName('service-role/AmazonAPIGatewayPushToCloudWatchLogs')],
    });
    const account = new CfnAccount(this, 'Account', { cloudWatchRoleArn: role.roleArn });
    // There is one such setting per account and Region: taking it away with this stack would silence every other API.
    account.applyRemovalPolicy(RemovalPolicy.RETAIN);
    role.applyRemovalPolicy(RemovalPolicy.RETAIN);
    const logGroup = new LogGroup(this, 'Logs', {
      retention: logRetentionDays,
      removalPolicy: retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    this.settings = { destinationArn: logGroup.logGroupArn, format: FORMAT };
  }
}
