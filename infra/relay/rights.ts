import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Tables } from '../tables.ts';
import { relayNames } from './names.ts';

/** What the supervisor does with its own record of the Relays table. */
const RECORD_ACTIONS = ['DeleteItem', 'PutItem', 'UpdateItem'] as const;

export interface TaskRightsProps {
  readonly tables: Tables;
  readonly secretArn: string;
  readonly drain: IFunction;
  readonly stage: string;
}

/**
 * What a relay may do. It cannot post to clients: it can only ask the drain function to tell those who were given this
 * relay. IAM's finest measure in a table is a partition, and all relays share one: a relay that was taken over could change
 * the records of others, which ends calls and reveals none.
 */
export function grantTask(role: Role, { tables, secretArn, drain, stage }: TaskRightsProps): void {
  const grant = (actions: string[], resource: string) =>
    role.addToPolicy(new PolicyStatement({ actions, resources: [resource] }));
  tables.get('Relays').grants.actions(role, ...RECORD_ACTIONS.map((action) => `dynamodb:${action}`));
  grant(['secretsmanager:GetSecretValue'], secretArn);
  grant(['lambda:InvokeFunction'], drain.functionArn);
  grant(['ecs:UpdateTaskProtection'], relayNames(role, stage).tasks);
  // Its own public address is nowhere else to be found, and EC2 knows no narrower resource for this action.
  grant(['ec2:DescribeNetworkInterfaces'], '*');
}
