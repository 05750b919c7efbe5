import type { IncomingMessage } from 'node:http';
import { isIPv4 } from 'node:net';
import type { Clock } from '../clock.ts';
import type { LocalService } from '../ecs/service.ts';
import type { Caller } from '../iam/callers.ts';
import { startLambdaEndpoint } from '../lambda/endpoint.ts';
import type { LambdaService } from '../lambda/service.ts';
import type { CloudModel } from '../template/model.ts';
import { type LocalRelay, startLocalRelay } from './relay.ts';

/** What the relay needs of the rest. */
interface Surroundings {
  region: string;
  dynamoDb: string;
  secretsManager: string;
  lambda: LambdaService;
  callerOf: (request: IncomingMessage, service: string) => Caller | undefined;
  services: readonly LocalService[];
  clock: Clock;
  log: (text: string) => void;
}

/** Starts the template's relay, if it is wanted and there is one, with the endpoint of Lambda that nobody else uses. */
export async function openRelay(
  { relay: wanted = false, host = '127.0.0.1' }: { relay?: boolean; host?: string },
  { relay: spec, functions }: CloudModel,
  around: Surroundings,
  onClose: (closer: () => Promise<void>) => void,
): Promise<LocalRelay | undefined> {
  if (!wanted || spec === undefined) return undefined;
  const { region, dynamoDb, secretsManager, lambda, callerOf, services, clock, log } = around;
  const endpoint = await startLambdaEndpoint({ functions, lambda, callerOf, log });
  onClose(endpoint.close);
  const relay = await startLocalRelay({
    spec,
    addresses: { region, dynamoDb, secretsManager, lambda: endpoint.url },
    // A name, or an address of the other family, is reached by the gateway alone.
    address: isIPv4(host) ? host : '127.0.0.1',
    service: services[0],
    clock,
    log,
  });
  onClose(relay.close);
  return relay;
}
