import { randomBytes } from 'node:crypto';
import type { Endpoint } from '../turn/address.ts';
import { type Received, TurnClient, TurnError } from '../turn/client.ts';
import { type Credentials, credentialsOf } from '../turn/credentials.ts';
import { openTcp, openUdp, type TurnSocket } from '../turn/socket.ts';

export interface SelfTest {
  /** Where coturn listens. */
  readonly server: Endpoint;
  /** The address that its allocations must have. */
  readonly publicAddress: string;
  readonly secrets: readonly string[];
}

/** coturn does not do what it is there for. The message says what, in words of this program. */
export class SelfTestError extends Error {
  override readonly name = 'SelfTestError';
}

/** A range for documentation: nobody is there, and a relay lets clients send there as to any public address. */
const PUBLIC_PEER: Endpoint = { address: '198.51.100.1', port: 9 };

/** ECS's credentials and EC2's metadata, the machine itself, and a private network. */
const FORBIDDEN_PEERS = [
  '169.254.170.2',
  '169.254.169.254',
  '127.0.0.2',
  '0.0.0.0',
  '10.255.255.254',
  '192.168.255.254',
];

/** Seconds. The test's own allocations are given back; this is for when it fails in between. */
const CREDENTIALS_LIFE = 60;

/** Milliseconds for one packet from one allocation to another. */
const PACKET_LIMIT = 2_000;

/** A machine that is busy while it starts answers late, and a request that is repeated meanwhile can be refused for that. */
const ATTEMPTS = 3;

/**
 * Uses the relay as its clients will: over UDP and TCP, with each secret, from one allocation to another, and where it must refuse.
 *
 * @throws SelfTestError, or what the TURN client throws
 */
export async function selfTest(test: SelfTest): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await testOnce(test);
    } catch (error) {
      // What it lets through it lets through.
      if (error instanceof SelfTestError || attempt === ATTEMPTS) throw error;
    }
  }
}

async function testOnce({ server, publicAddress, secrets }: SelfTest): Promise<void> {
  const clients: TurnClient[] = [];
  const connected = (socket: TurnSocket, credentials: Credentials): TurnClient => {
    const client = new TurnClient(socket, credentials);
    clients.push(client);
    return client;
  };
  const expires = Math.floor(Date.now() / 1000) + CREDENTIALS_LIFE;
  try {
    const sockets = [await openUdp(server), await openTcp(server)];
    const [first, second] = sockets.map((socket, at) =>
      connected(socket, credentialsOf(secrets[at] ?? secrets[0] ?? '', expires)),
    );
    if (first === undefined || second === undefined) throw new SelfTestError('no sockets');
    await relays(first, second, publicAddress);
    await refuses(first);
    const stranger = connected(await openUdp(server), credentialsOf(randomBytes(32).toString('base64url'), expires));
    if ((await refusalOf(stranger.allocate())) !== 401) throw new SelfTestError('a stranger is admitted');
    await Promise.all([first.refresh(0), second.refresh(0)]);
  } catch (error) {
    // What it leaves behind would count as calls for ten minutes, and keep a relay that drains.
    await Promise.allSettled(clients.map((client) => client.refresh(0)));
    throw error;
  } finally {
    for (const client of clients) client.close();
  }
}

/** A packet from the first one's allocation reaches the second one at its own. */
async function relays(first: TurnClient, second: TurnClient, publicAddress: string): Promise<void> {
  const [{ relayed: from }, { relayed: to }] = await Promise.all([first.allocate(), second.allocate()]);
  if (from.address !== publicAddress || to.address !== publicAddress) throw new SelfTestError('another address');
  await Promise.all([first.permit(to), second.permit(from)]);
  const { promise, resolve, reject } = Promise.withResolvers<Received>();
  second.onData = resolve;
  const data = randomBytes(64);
  first.send(to, data);
  const late = setTimeout(() => reject(new SelfTestError('nothing is relayed')), PACKET_LIMIT);
  const received = await promise.finally(() => clearTimeout(late));
  if (!received.data.equals(data)) throw new SelfTestError('something else is relayed');
}

async function refuses(client: TurnClient): Promise<void> {
  for (const address of FORBIDDEN_PEERS) {
    if ((await refusalOf(client.permit({ address, port: 9 }))) !== 403)
      throw new SelfTestError('a forbidden peer is permitted');
  }
  await client.permit(PUBLIC_PEER);
}

/** The code of the refusal; undefined when there was none. */
async function refusalOf(request: Promise<unknown>): Promise<number | undefined> {
  try {
    await request;
    return undefined;
  } catch (error) {
    if (error instanceof TurnError) return error.code;
    throw error;
  }
}
