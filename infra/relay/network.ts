import { Fn } from 'aws-cdk-lib';
import {
  CfnInternetGateway,
  CfnRoute,
  CfnRouteTable,
  CfnSecurityGroup,
  CfnSubnet,
  CfnSubnetRouteTableAssociation,
  CfnVPC,
  CfnVPCGatewayAttachment,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { LISTEN_PORT, RELAY_PORTS } from './ports.ts';

/** The network of the relays as a block, and as first and last address: relays forward nothing to one another's private side. */
const NETWORK_BLOCK = '10.83.0.0/16';
export const NETWORK_RANGE = '10.83.0.0-10.83.255.255';

/** One block for each zone. Every Region has two zones that anybody may use; not every one has three. */
const SUBNET_BLOCKS = ['10.83.0.0/20', '10.83.16.0/20'];

export const ANYWHERE = '0.0.0.0/0';

/**
 * A network for relays alone. It is peered with nothing, and has nothing but public subnets: a NAT gateway would be a
 * second way out that costs more than the relays. There are no flow logs, which would record who calls from where.
 */
export class RelayNetwork extends Construct {
  readonly vpc: CfnVPC;
  readonly securityGroup: CfnSecurityGroup;
  readonly subnetIds: string[];
  /** Packets leave the network only after this. */
  readonly wayOut: CfnRoute;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.vpc = new CfnVPC(this, 'Vpc', { cidrBlock: NETWORK_BLOCK, enableDnsSupport: true, enableDnsHostnames: true });
    const vpcId = this.vpc.ref;
    const gateway = new CfnInternetGateway(this, 'Gateway');
    const attachment = new CfnVPCGatewayAttachment(this, 'Attachment', { vpcId, internetGatewayId: gateway.ref });
    const routes = new CfnRouteTable(this, 'Routes', { vpcId });
    this.wayOut = new CfnRoute(this, 'WayOut', {
      routeTableId: routes.ref,
      destinationCidrBlock: ANYWHERE,
      gatewayId: gateway.ref,
    });
    this.wayOut.addResourceDependency(attachment);
    this.subnetIds = SUBNET_BLOCKS.map((cidrBlock, index) => {
      const subnet = new CfnSubnet(this, `Subnet${index + 1}`, {
        vpcId,
        cidrBlock,
        // Chosen when it is deployed: names of zones would have to be looked up in the account.
        availabilityZone: Fn.select(index, Fn.getAzs()),
        // The service gives each task its address; nothing else that is put here by mistake gets one.
        mapPublicIpOnLaunch: false,
      });
      new CfnSubnetRouteTableAssociation(this, `Association${index + 1}`, {
        subnetId: subnet.ref,
        routeTableId: routes.ref,
      });
      return subnet.ref;
    });
    this.securityGroup = relayGroup(this, vpcId);
  }
}

/** Answers pass whatever the rules say: these are about who may begin. */
function relayGroup(scope: Construct, vpcId: string): CfnSecurityGroup {
  return new CfnSecurityGroup(scope, 'Relays', {
    vpcId,
    groupDescription: 'Relays: TURN from anywhere; out to peers and to the APIs of AWS',
    securityGroupIngress: [
      rule('udp', LISTEN_PORT, LISTEN_PORT, 'TURN over UDP'),
      rule('tcp', LISTEN_PORT, LISTEN_PORT, 'TURN over TCP'),
      rule('udp', RELAY_PORTS.from, RELAY_PORTS.to, 'Packets of peers'),
    ],
    securityGroupEgress: [
      // A peer without a relay of its own has whatever port its router chose.
      rule('udp', 1024, 65_535, 'Packets to peers'),
      rule('tcp', 443, 443, 'APIs of AWS, and the image'),
    ],
  });
}

function rule(ipProtocol: string, fromPort: number, toPort: number, description: string) {
  return { ipProtocol, fromPort, toPort, description, cidrIp: ANYWHERE };
}
