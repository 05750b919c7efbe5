import { Refusal } from '../refusal.ts';

/**
 * Actions that policies of the template may name, by service. A misspelt action deploys without complaint and grants nothing, so every name is
 * compared with this list; a new one is added here after a look into the service authorization reference.
 */
const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  dynamodb: [
    'BatchGetItem',
    'BatchWriteItem',
    'ConditionCheckItem',
    'DeleteItem',
    'DescribeTable',
    'GetItem',
    'PutItem',
    'Query',
    'Scan',
    'UpdateItem',
  ],
  ec2: ['DescribeNetworkInterfaces'],
  ecr: ['BatchCheckLayerAvailability', 'BatchGetImage', 'GetAuthorizationToken', 'GetDownloadUrlForLayer'],
  ecs: ['DescribeServices', 'DescribeTasks', 'ListTasks', 'UpdateService', 'UpdateTaskProtection'],
  'execute-api': ['Invoke', 'InvalidateCache', 'ManageConnections'],
  lambda: ['InvokeFunction'],
  logs: ['CreateLogGroup', 'CreateLogStream', 'DescribeLogStreams', 'PutLogEvents'],
  secretsmanager: ['DescribeSecret', 'GetSecretValue', 'PutSecretValue'],
  sts: ['AssumeRole'],
  xray: ['PutTelemetryRecords', 'PutTraceSegments'],
};

/** @throws Refusal when the service or the action is not in the list; `*` after a service is refused too, since no function needs it. */
export function checkAction(action: string, policy: string): void {
  const [service = '', name = ''] = action.split(':', 2);
  const known = ACTIONS[service];
  if (known?.includes(name)) return;
  throw new Refusal(
    `${policy} names the action ${action}, which is not in local/iam/actions.ts: correct it, or add it there if AWS has it.`,
  );
}
