import * as z from 'zod/mini';
import { ignored, type Stack } from './stack.ts';

const ServiceProperties = z.strictObject({
  Cluster: z.string(),
  ServiceName: z.string(),
  DesiredCount: z._default(z.number(), 1),
  // How AWS places tasks, replaces them and leads traffic to them.
  TaskDefinition: ignored,
  LaunchType: ignored,
  NetworkConfiguration: ignored,
  DeploymentConfiguration: ignored,
  AvailabilityZoneRebalancing: ignored,
  EnableExecuteCommand: ignored,
  LoadBalancers: ignored,
  Tags: ignored,
});

/** A service of the template: what functions ask ECS about. */
export interface ServiceSpec {
  cluster: string;
  name: string;
  /** Tasks that are wanted at first. */
  desired: number;
}

export function readServices(stack: Stack): ServiceSpec[] {
  return stack.resources('AWS::ECS::Service', ServiceProperties).map(({ properties }) => ({
    cluster: properties.Cluster,
    name: properties.ServiceName,
    desired: properties.DesiredCount,
  }));
}
