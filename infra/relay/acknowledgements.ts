import { type Stack, Token, Validations } from 'aws-cdk-lib';
import type { StageConfig } from '../config.ts';
import type { RelayFleet } from './fleet.ts';

/** The findings about the relay that are not followed, each for one resource or one exact right, with its reason. */
export function acknowledgeFleet(stack: Stack, { stage, account }: StageConfig, fleet: RelayFleet): void {
  const { network, task, service, entrance, build } = fleet;
  const open = 'A relay is for whoever calls, from wherever: TURN asks everybody for credentials of ten minutes.';
  acknowledge(network.vpc, 'VPC7', 'Flow logs would record who calls from which address, and Sotto records nobody.');
  acknowledge(network.securityGroup, 'EC23', open);
  acknowledge(task.definition, 'ECS2', 'Names, ports and limits. The one secret is fetched by the supervisor.');
  acknowledge(
    service.cluster,
    'ECS4',
    'Container Insights costs more than a small relay, which publishes its load itself.',
  );
  if (entrance) {
    acknowledge(entrance.group, 'EC23', open);
    acknowledge(entrance.balancer, 'ELB2', 'Access logs would record the addresses of callers.');
  }
  if (build) {
    acknowledge(build.project, 'CB4', 'It keeps nothing: the image goes to ECR, which encrypts it.');
  }
  const ecs = (resource: string) =>
    stack.formatArn({
      partition: Token.isUnresolved(stack.partition) ? '<AWS::Partition>' : stack.partition,
      account: account ?? '<AWS::AccountId>',
      service: 'ecs',
      resource,
      resourceName: `Sotto-${stage}/*`,
    });
  const rights = {
    [ecs('task')]: 'Ids of tasks are made at run time; these are the tasks of the one cluster that runs nothing else.',
    [ecs('container-instance')]: 'By this pattern AWS grants listing the tasks of the one cluster.',
    '*': 'ec2:DescribeNetworkInterfaces tells a relay its public address, and ecr:GetAuthorizationToken lets ECS fetch the image (and CodeBuild push it). Neither knows a narrower resource.',
  };
  for (const [resource, reason] of Object.entries(rights)) {
    acknowledge(stack, `IAM5[Resource::${resource}]`, reason);
  }
}

function acknowledge(scope: Parameters<typeof Validations.of>[0], rule: string, reason: string): void {
  Validations.of(scope).acknowledge({ id: `AwsSolutions::AwsSolutions-${rule}`, reason });
}
