import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/**
 * The names of what runs the relays, fixed in advance: a task has to be told the name of its own service, and functions
 * are granted rights over both before either exists.
 */
export interface RelayNames {
  readonly cluster: string;
  readonly service: string;
  readonly serviceArn: string;
  /** The cluster's tasks; their ids are made at run time. */
  readonly taskArns: string;
  /** What AWS judges a listing of tasks by, although Fargate has no container instances. */
  readonly instanceArns: string;
}

export function relayNames(scope: Construct, stage: string): RelayNames {
  const [cluster, service] = [`Sotto-${stage}`, 'relay'];
  const arn = (resource: string, resourceName: string) =>
    Stack.of(scope).formatArn({ service: 'ecs', resource, resourceName });
  return {
    cluster,
    service,
    serviceArn: arn('service', `${cluster}/${service}`),
    taskArns: arn('task', `${cluster}/*`),
    instanceArns: arn('container-instance', `${cluster}/*`),
  };
}
