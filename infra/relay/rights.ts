import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Functions } from '../functions.ts';
import type { Tables } from '../tables.ts';
import type { RelayNames } from './names.ts';

/** What the supervisor does with its own record of the Relays table. */
const RECORD_ACTIONS = ['DeleteItem', 'PutItem', 'Query', 'UpdateItem'] as const;

export interface TaskRightsProps {
  readonly tables: Tables;
  readonly secretArn: string;
  readonly drain: IFunction;
  readonly names: RelayNames;
}

/**
 * What a relay may do. It cannot post to clients: it can only ask the drain function to tell those who were given this
 * relay. IAM knows partitions and not single items, so a relay that was taken over could change the records of others.
 */
export function grantTask(role: Role, { tables, secretArn, drain, names }: TaskRightsProps): void {
  const grant = (actions: string[], resource: string) =>
    role.addToPolicy(new PolicyStatement({ actions, resources: [resource] }));
  role.addToPolicy(
    new PolicyStatement({
      actions: RECORD_ACTIONS.map((action) => `dynamodb:${action}`),
      resources: [tables.get('Relays').tableArn],
      conditions: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['main'] } },
    }),
  );
  grant(['secretsmanager:GetSecretValue'], secretArn);
  grant(['lambda:InvokeFunction'], drain.functionArn);
  grant(['ecs:UpdateTaskProtection'], names.taskArns);
  // Its own public address is nowhere else to be found, and EC2 knows no narrower resource for this action.
  grant(['ec2:DescribeNetworkInterfaces'], '*');
}

/** What functions may do to the service, its tasks and the secret; their tables are in infra/boundaries.ts. */
export function grantFunctions(functions: Functions, secretArn: string, names: RelayNames): void {
  const grant = (name: Parameters<Functions['get']>[0], actions: string[], resource: string) =>
    functions.get(name).role.addToPolicy(new PolicyStatement({ actions, resources: [resource] }));
  const { serviceArn, taskArns } = names;
  grant('relay-reconciler', ['ecs:DescribeServices', 'ecs:UpdateService'], serviceArn);
  grant('relay-reconciler', ['ecs:DescribeTasks'], taskArns);
  grant('relay-reconciler', ['ecs:ListTasks'], names.instanceArns);
  grant('relay-secret-rotation', SECRET_ACTIONS, secretArn);
  grant('relay-secret-rotation', ['ecs:UpdateService'], serviceArn);
}

const SECRET_ACTIONS = ['DescribeSecret', 'GetSecretValue', 'PutSecretValue', 'UpdateSecretVersionStage'].map(
  (action) => `secretsmanager:${action}`,
);
