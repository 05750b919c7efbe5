import { type Stack, Token, Validations } from 'aws-cdk-lib';
import { CfnRoute } from 'aws-cdk-lib/aws-apigatewayv2';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { API_STAGE } from './api.ts';
import type { StageConfig } from './config.ts';

/**
 * Every finding of cdk-nag and of the CloudFormation validator that is not followed, with its reason. A finding without
 * an entry here ends the synthesis; entries name one resource or one exact finding, so that none covers what comes
 * later.
 */
export function acknowledgeFindings(stack: Stack, config: StageConfig): void {
  for (const construct of stack.node.findAll()) {
    if (construct instanceof CfnSecret) {
      Validations.of(construct).acknowledge({
        id: 'AwsSolutions::AwsSolutions-SMG4',
        reason: rotationOf(config.relay),
      });
    }
    if (!(construct instanceof CfnRoute) || construct.routeKey === '$connect') continue;
    Validations.of(construct).acknowledge({
      id: 'AwsSolutions::AwsSolutions-APIG4',
      reason:
        'API Gateway authorizes a WebSocket once, at $connect; later frames carry the authorizer context of their connection.',
    });
  }
  for (const method of ['POST', 'DELETE']) {
    Validations.of(stack).acknowledge({
      id: `AwsSolutions::AwsSolutions-IAM5[Resource::${connectionsOf(stack, config, method)}]`,
      reason:
        'Connection ids are made at run time: a function that pushes to connections of this API may push to any of them.',
    });
  }
  if (config.accessLog) {
    Validations.of(stack).acknowledge({
      id: 'AwsSolutions::AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
      reason: 'API Gateway checks the account-wide role against this policy, and it is for every API of the account.',
    });
    return;
  }
  Validations.of(stack).acknowledge({
    id: 'AwsSolutions::AwsSolutions-APIG1',
    reason:
      'The access log sets an account-wide role, so it is on only where the operator asks for it (accessLog in stages.ts).',
  });
}

/** Why the relay's secret is not rotated on a schedule of Secrets Manager. */
function rotationOf({ provider }: StageConfig['relay']): string {
  return provider === 'external'
    ? 'The TURN service that has the same secret is not of this stack: its operator changes both.'
    : 'Secrets Manager would replace the value at once. Relays have to know a secret before it signs: the old one stays beside the new.';
}

/** The ARN of this API's connections in the notation of cdk-nag, which writes references as <name>. */
function connectionsOf(stack: Stack, { account }: StageConfig, method: string): string {
  return stack.formatArn({
    partition: Token.isUnresolved(stack.partition) ? '<AWS::Partition>' : stack.partition,
    account: account ?? '<AWS::AccountId>',
    service: 'execute-api',
    resource: '<WebSocketApi>',
    resourceName: `${API_STAGE}/${method}/@connections/*`,
  });
}
