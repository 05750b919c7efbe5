import { dynamoClient, secretsClient } from '../../shared/store/clients.ts';
import { type RelaySecrets, relaySecrets } from '../../shared/store/relay-secrets.ts';
import { type RelayRegistry, relayRegistry } from '../../shared/store/relays.ts';
import { type NetworkInterfaces, networkInterfaces } from './ec2.ts';
import { type TaskProtection, taskProtection } from './ecs.ts';
import { type DrainNotice, drainNotice } from './lambda.ts';

/** What a relay asks of AWS. */
export interface Services {
  readonly registry: RelayRegistry;
  readonly secrets: RelaySecrets;
  readonly drainNotice: DrainNotice;
  readonly interfaces: NetworkInterfaces;
  protectionOf(task: string): TaskProtection;
}

export interface ServiceNames {
  readonly relays: string;
  readonly fleet: string;
  readonly secret: string;
  readonly drainFunction: string;
  readonly cluster: string;
}

export function services({ relays, fleet, secret, drainFunction, cluster }: ServiceNames, now: () => number): Services {
  return {
    registry: relayRegistry(dynamoClient(), relays, now, fleet),
    secrets: relaySecrets(secretsClient(), secret, now),
    drainNotice: drainNotice(drainFunction),
    interfaces: networkInterfaces(),
    protectionOf: (task) => taskProtection(cluster, task),
  };
}
