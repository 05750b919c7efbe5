import { networkInterfaces } from 'node:os';
import type { RelaySecret } from '../../shared/store/relay-secrets.ts';
import type { TaskProtection } from '../aws/ecs.ts';
import { type Services, services } from '../aws/services.ts';
import { renderConfiguration } from '../coturn/configuration.ts';
import { type Coturn, startCoturn } from '../coturn/process.ts';
import { USER_DATABASE, writeUserDatabase } from '../coturn/user-database.ts';
import { dialectOf } from '../coturn/version.ts';
import { installedVersion } from '../coturn/version-of.ts';
import { openScratch, type Scratch } from '../machine/scratch.ts';
import { hasForeignListener } from '../machine/sockets.ts';
import { untilReachable } from '../turn/reachable.ts';
import type { Clock } from './clock.ts';
import { type Environment, readEnvironment } from './environment.ts';
import { during, RelayEnded } from './exits.ts';
import { type Identity, localIdentity, taskIdentity } from './identity.ts';
import { SelfTestError, selfTest } from './self-test.ts';

/** A relay that runs and has tested itself, and that nobody knows yet. */
export interface Relay {
  readonly environment: Environment;
  readonly identity: Identity;
  readonly services: Services;
  readonly protection: TaskProtection;
  /** Ids of the secrets it runs with, newest first. */
  readonly secrets: readonly string[];
  readonly coturn: Coturn;
  readonly started: number;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** coturn answers in some 100 ms; a task that has just started may take longer. Milliseconds. */
const READY_LIMIT = 10_000;

/**
 * Everything up to the first test, in this order: nothing is started with a wrong environment, and no secret is fetched for a relay without an address.
 *
 * @param onClose gets what has to be undone, also when a later step fails
 * @throws RelayEnded
 */
export async function startRelay(
  variables: Variables,
  clock: Clock,
  onClose: (closer: () => Promise<void>) => void,
): Promise<Relay> {
  const started = clock.now();
  const environment = await during('configuration', () => readEnvironment(variables));
  const aws = services(environment, () => clock.now());
  const { localAddress } = environment;
  const identity = await during('address', () => {
    if (localAddress === undefined) return taskIdentity(variables.ECS_CONTAINER_METADATA_URI_V4, aws.interfaces);
    if (!isOwnAddress(localAddress)) throw new Error('not an address of this machine');
    return localIdentity(environment.localName, localAddress);
  });
  const secrets = await during('secrets', () => aws.secrets.list());
  const scratch = await during('secrets', openScratch);
  onClose(scratch.close);
  const version = await during('start', installedVersion);
  const configuration = await during('configuration', () =>
    configure(environment, identity, secrets, version, scratch),
  );
  await during('start', () => scratch.make(USER_DATABASE, writeUserDatabase));
  const coturn = await during('start', async () =>
    startCoturn(await scratch.write('turnserver.conf', configuration), dialectOf(version).drains),
  );
  onClose(coturn.stop);
  await test(environment, identity, secrets, coturn);
  // It has been read, and nobody else needs to.
  await scratch.remove('turnserver.conf');
  const protection = aws.protectionOf(identity.relay);
  return { environment, identity, services: aws, protection, secrets: secrets.map(({ id }) => id), coturn, started };
}

function configure(
  environment: Environment,
  identity: Identity,
  secrets: readonly RelaySecret[],
  version: string,
  scratch: Scratch,
): string {
  return renderConfiguration({
    version,
    address: identity.address,
    publicAddress: identity.publicAddress,
    local: environment.localAddress !== undefined,
    listenPort: environment.listenPort,
    minPort: environment.minPort,
    maxPort: environment.maxPort,
    realm: environment.realm,
    secrets: secrets.map(({ value }) => value),
    userQuota: environment.userQuota,
    totalQuota: environment.totalQuota,
    maxBytesPerSecond: environment.maxBps,
    denied: environment.deny,
    folder: scratch.folder,
  });
}

/** @throws RelayEnded */
async function test(
  { listenPort, localAddress }: Environment,
  { address, publicAddress }: Identity,
  secrets: readonly RelaySecret[],
  coturn: Coturn,
): Promise<void> {
  const server = { address, port: listenPort };
  const gone = coturn.ended.then(() => {
    throw new RelayEnded('start');
  });
  // It may end later as well, when nobody waits here any more.
  gone.catch(() => {});
  await during('start', () => Promise.race([untilReachable(server, READY_LIMIT), gone]));
  const tested = during('self-test', async () => {
    await selfTest({ server, publicAddress, secrets: secrets.map(({ value }) => value) });
    if (localAddress === undefined && hasForeignListener(address, [process.pid, coturn.pid]))
      throw new SelfTestError('something else listens at this address');
  });
  const failure = await Promise.race([tested, gone]).catch((error: unknown) => error);
  // What it did not understand it has said before it answered; a test that failed may have failed for that.
  if (coturn.misunderstood) throw new RelayEnded('start');
  if (failure !== undefined) throw failure;
}

function isOwnAddress(address: string): boolean {
  return Object.values(networkInterfaces()).some((addresses = []) => addresses.some((one) => one.address === address));
}
