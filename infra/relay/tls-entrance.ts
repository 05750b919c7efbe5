import { CfnOutput } from 'aws-cdk-lib';
import { CfnSecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { CfnListener, CfnLoadBalancer, CfnTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct } from 'constructs';
import { ANYWHERE, type RelayNetwork } from './network.ts';
import { LISTEN_PORT } from './ports.ts';

export interface TlsEntranceProps {
  readonly certificateArn: string;
  readonly network: RelayNetwork;
}

/**
 * `turns:` on port 443: TLS ends at a load balancer, and plain TURN over TCP goes on to any of the relays. What TURN
 * carries is encrypted between the parties in any case; TLS is there to get through firewalls.
 */
export class TlsEntrance extends Construct {
  readonly group: CfnSecurityGroup;
  readonly balancer: CfnLoadBalancer;
  readonly targetGroup: CfnTargetGroup;
  /** A service cannot have targets that nothing leads to. */
  readonly listener: CfnListener;

  constructor(scope: Construct, id: string, { certificateArn, network }: TlsEntranceProps) {
    super(scope, id);
    const vpcId = network.vpc.ref;
    this.group = entranceGroup(this, network);
    this.balancer = new CfnLoadBalancer(this, 'Balancer', {
      type: 'network',
      scheme: 'internet-facing',
      subnets: network.subnetIds,
      securityGroups: [this.group.attrGroupId],
      // With few relays a zone may have none.
      loadBalancerAttributes: [{ key: 'load_balancing.cross_zone.enabled', value: 'true' }],
    });
    this.balancer.addResourceDependency(network.wayOut);
    this.targetGroup = new CfnTargetGroup(this, 'Targets', {
      vpcId,
      port: LISTEN_PORT,
      protocol: 'TCP',
      targetType: 'ip',
      // A relay that drains keeps its connections for as long as it lives.
      targetGroupAttributes: [{ key: 'deregistration_delay.connection_termination.enabled', value: 'false' }],
    });
    this.listener = new CfnListener(this, 'Tls', {
      loadBalancerArn: this.balancer.ref,
      port: 443,
      protocol: 'TLS',
      sslPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06',
      certificates: [{ certificateArn }],
      defaultActions: [{ type: 'forward', targetGroupArn: this.targetGroup.ref }],
    });
    new CfnOutput(this, 'Target', {
      description: 'What the DNS record of the relay over TLS must point to',
      value: this.balancer.attrDnsName,
    }).overrideLogicalId('RelayTlsTarget');
  }
}

function entranceGroup(scope: Construct, { vpc, securityGroup }: RelayNetwork): CfnSecurityGroup {
  return new CfnSecurityGroup(scope, 'Entrance', {
    vpcId: vpc.ref,
    groupDescription: 'TURN over TLS from anywhere, on to the relays',
    securityGroupIngress: [
      { ipProtocol: 'tcp', fromPort: 443, toPort: 443, cidrIp: ANYWHERE, description: 'TURN over TLS' },
    ],
    securityGroupEgress: [
      {
        ipProtocol: 'tcp',
        fromPort: LISTEN_PORT,
        toPort: LISTEN_PORT,
        destinationSecurityGroupId: securityGroup.attrGroupId,
        description: 'The relays',
      },
    ],
  });
}
