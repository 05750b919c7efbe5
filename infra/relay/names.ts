import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** What functions may do with the service and its tasks. */
export type ServiceAction = 'DescribeServices' | 'DescribeTasks' | 'ListTasks' | 'UpdateService';

/**
 * The names of what runs the relays are fixed in advance: a task has to be told the name of its own service, and
 * functions are granted rights over both before either exists.
 */
export const SERVICE_NAME = 'relay';

export function clusterName(stage: string): string {
  return `Sotto-${stage}`;
}

/** What the rights to the service and its tasks are for. */
export interface RelayNames {
  /** The cluster's tasks, whose ids are made at run time. */
  readonly tasks: string;
  readonly resources: Readonly<Record<ServiceAction, string>>;
}

export function relayNames(scope: Construct, stage: string): RelayNames {
  const cluster = clusterName(stage);
  const arn = (resource: string, resourceName: string) =>
    Stack.of(scope).formatArn({ service: 'ecs', resource, resourceName });
  const service = arn('service', `${cluster}/${SERVICE_NAME}`);
  const tasks = arn('task', `${cluster}/*`);
  return {
    tasks,
    resources: {
      DescribeServices: service,
      UpdateService: service,
      DescribeTasks: tasks,
      // By this AWS judges a listing of tasks, although Fargate has no container instances.
      ListTasks: arn('container-instance', `${cluster}/*`),
    },
  };
}
