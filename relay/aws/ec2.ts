import { DescribeNetworkInterfacesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { LIMITS } from './limits.ts';

export interface NetworkInterfaces {
  /**
   * The public IPv4 address of the interface that has this private one.
   *
   * @param mac tells it from one in another network with the same private address
   * @returns undefined while there is none: Fargate associates it while the task starts
   */
  publicAddressOf(privateAddress: string, mac: string): Promise<string | undefined>;
}

export function networkInterfaces(client: EC2Client = new EC2Client(LIMITS)): NetworkInterfaces {
  return {
    async publicAddressOf(privateAddress, mac) {
      const { NetworkInterfaces = [] } = await client.send(
        new DescribeNetworkInterfacesCommand({
          Filters: [
            { Name: 'mac-address', Values: [mac] },
            { Name: 'addresses.private-ip-address', Values: [privateAddress] },
          ],
        }),
      );
      return NetworkInterfaces[0]?.Association?.PublicIp;
    },
  };
}
