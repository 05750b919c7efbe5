import { CfnCluster, CfnService, type FargateTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { Construct } from 'constructs';
import { clusterName, SERVICE_NAME } from './names.ts';
import type { RelayNetwork } from './network.ts';
import { LISTEN_PORT } from './ports.ts';

export interface RelayServiceProps {
  readonly stage: string;
  readonly network: RelayNetwork;
  readonly definition: FargateTaskDefinition;
  /** Where TURN over TLS comes from, if anywhere. */
  readonly targetGroupArn: string | undefined;
}

/**
 * Keeps relays running, each with a public address of its own: a load balancer could neither carry the relayed ports
 * nor bring both parties of a call to one relay.
 */
export class RelayService extends Construct {
  readonly cluster: CfnCluster;
  readonly service: CfnService;

  constructor(scope: Construct, id: string, { stage, network, definition, targetGroupArn }: RelayServiceProps) {
    super(scope, id);
    this.cluster = new CfnCluster(this, 'Cluster', { clusterName: clusterName(stage) });
    this.service = new CfnService(this, 'Service', {
      cluster: this.cluster.ref,
      serviceName: SERVICE_NAME,
      taskDefinition: definition.taskDefinitionArn,
      launchType: 'FARGATE',
      // No desired count: every deployment would set it back, and end relays that carry calls.
      networkConfiguration: {
        awsvpcConfiguration: {
          assignPublicIp: 'ENABLED',
          subnets: network.subnetIds,
          securityGroups: [network.securityGroup.attrGroupId],
        },
      },
      deploymentConfiguration: {
        // New relays are there before old ones are drained.
        minimumHealthyPercent: 100,
        maximumPercent: 200,
        deploymentCircuitBreaker: { enable: true, rollback: true },
      },
      // It would end relays in the middle of calls. The reconciler keeps the zones even when it chooses what to drain.
      availabilityZoneRebalancing: 'DISABLED',
      enableExecuteCommand: false,
      ...(targetGroupArn !== undefined && {
        loadBalancers: [{ containerName: 'relay', containerPort: LISTEN_PORT, targetGroupArn }],
      }),
    });
    // Without them the first task could neither fetch its image nor do anything else.
    this.service.node.addDependency(network, definition);
  }
}
