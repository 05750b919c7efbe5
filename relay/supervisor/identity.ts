import { availableParallelism } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod/mini';
import type { NetworkInterfaces } from '../aws/ec2.ts';

/** Who and where this relay is. */
export interface Identity {
  /** The task's id, or a local name. */
  readonly relay: string;
  /** The address it is bound to, and the one that clients and peers use. */
  readonly address: string;
  readonly publicAddress: string;
  readonly zone: string;
  /** Processors it may use, 0.25 and up. */
  readonly processors: number;
}

export function localIdentity(relay: string, address: string): Identity {
  return { relay, address, publicAddress: address, zone: 'local', processors: availableParallelism() };
}

const task = z.object({
  TaskARN: z.string().check(z.regex(/^arn:[\w-]+:ecs:.+:task\/[\w-]+\/[0-9a-f]{16,64}$/)),
  AvailabilityZone: z.string().check(z.minLength(1)),
  Limits: z.object({ CPU: z.number().check(z.positive()) }),
  Containers: z.array(
    z.object({
      Networks: z.array(
        z.object({ NetworkMode: z.string(), IPv4Addresses: z.array(z.ipv4()), MACAddress: z.string() }),
      ),
    }),
  ),
});

/** Fargate gives a task its public address while it starts: looked for so often, at this distance in milliseconds. */
const ATTEMPTS = 15;
const DISTANCE = 2_000;

/**
 * The identity of an ECS task (task metadata version 4). Its public address is not in there: EC2 has to be asked.
 *
 * @param metadata the URL that ECS gives in ECS_CONTAINER_METADATA_URI_V4
 * @throws when there is no metadata, or no public address after half a minute
 */
export async function taskIdentity(metadata: string | undefined, interfaces: NetworkInterfaces): Promise<Identity> {
  if (metadata === undefined) throw new Error('no task metadata');
  const response = await fetch(`${metadata}/task`, { signal: AbortSignal.timeout(5_000) });
  const { TaskARN, AvailabilityZone, Limits, Containers } = task.parse(await response.json());
  const network = Containers.flatMap(({ Networks }) => Networks).find(({ NetworkMode }) => NetworkMode === 'awsvpc');
  const address = network?.IPv4Addresses[0];
  if (network === undefined || address === undefined) throw new Error('a task without an address');
  for (let attempt = 1; ; attempt++) {
    const publicAddress = await interfaces.publicAddressOf(address, network.MACAddress);
    if (publicAddress !== undefined) {
      const relay = TaskARN.slice(TaskARN.lastIndexOf('/') + 1);
      return { relay, address, publicAddress, zone: AvailabilityZone, processors: Limits.CPU };
    }
    if (attempt === ATTEMPTS) throw new Error('no public address');
    await wait(DISTANCE);
  }
}
