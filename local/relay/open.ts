import type { IncomingMessage } from 'node:http';
import { isIPv4 } from 'node:net';
import type { Clock } from '../clock.ts';
import type { LocalService } from '../ecs/service.ts';
import type { Caller } from '../iam/callers.ts';
import { startLambdaEndpoint } from '../lambda/endpoint.ts';
import type { LambdaService } from '../lambda/service.ts';
import type { CloudModel } from '../template/model.ts';
import { type LocalRelays, startLocalRelays } from './fleet.ts';

/** What the relays need of the rest. */
interface Surroundings {
  region: string;
  dynamoDb: string;
  secretsManager: string;
  ecs: string;
  lambda: LambdaService;
  callerOf: (request: IncomingMessage, service: string) => Caller | undefined;
  services: readonly LocalService[];
  clock: Clock;
  log: (text: string) => void;
}

/** Starts the template's relays, if they are wanted and it has some, with the endpoint of Lambda that nobody else uses. */
export async function openRelays(
  { relay: wanted = false, host = '127.0.0.1' }: { relay?: boolean; host?: string },
  { relay: spec, functions }: CloudModel,
  around: Surroundings,
  onClose: (closer: () => Promise<void>) => void,
): Promise<LocalRelays | undefined> {
  const { region, dynamoDb, secretsManager, ecs, lambda, callerOf, services, clock, log } = around;
  const [service] = services;
  if (!wanted || spec === undefined || service === undefined) return undefined;
  const endpoint = await startLambdaEndpoint({ functions, lambda, callerOf, log });
  onClose(endpoint.close);
  const relays = await startLocalRelays({
    spec,
    addresses: { region, dynamoDb, secretsManager, ecs, lambda: endpoint.url },
    // A name, or an address of the other family, is reached by the gateway alone.
    address: isIPv4(host) ? host : '127.0.0.1',
    service,
    clock,
    log,
  });
  onClose(relays.close);
  return relays;
}
