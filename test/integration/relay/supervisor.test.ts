import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dialectOf } from '../../../relay/coturn/version.ts';
import { installedVersion } from '../../../relay/coturn/version-of.ts';
import { EXITS } from '../../../relay/supervisor/exits.ts';
import { TurnClient } from '../../../relay/turn/client.ts';
import { credentialsOf } from '../../../relay/turn/credentials.ts';
import { openUdp } from '../../../relay/turn/socket.ts';
import { isUsable, RELAY_STALE_MS } from '../../../shared/store/relays.ts';
import { eventually } from '../../support/eventually.ts';
import { answerTo, seconds } from '../../support/relay-coturn.ts';
import { type RelayProcess, RelayWorld, SECRET_ID } from '../../support/relay-process.ts';

let world: RelayWorld;
const clients: TurnClient[] = [];

beforeAll(async () => {
  world = await RelayWorld.open();
});
afterAll(async () => {
  for (const client of clients) client.close();
  await world.close();
});

async function running(): Promise<RelayProcess> {
  const relay = await world.start();
  await relay.registered;
  return relay;
}

async function clientOf(relay: RelayProcess): Promise<TurnClient> {
  const credentials = credentialsOf(world.secret, seconds() + 600);
  const client = new TurnClient(await openUdp({ address: '127.0.0.1', port: relay.port }), credentials);
  clients.push(client);
  return client;
}

const recordOf = async (relay: RelayProcess) =>
  (await world.registry.list()).find(({ ports }) => ports.udp === relay.port);

describe('a relay', () => {
  it('is in the table when it relays, and never before', async () => {
    const relay = await running();
    const record = await recordOf(relay);
    expect(record).toMatchObject({
      state: 'active',
      address: '127.0.0.1',
      ports: { udp: relay.port, tcp: relay.port },
      secrets: [SECRET_ID],
    });
    expect(record && isUsable(record, Date.now())).toBe(true);
    expect(await answerTo((await clientOf(relay)).allocate())).toBe('granted');
  });

  it('is stale when it is not heard of any more', async () => {
    const relay = await running();
    await relay.kill();
    const record = await recordOf(relay);
    expect(record && isUsable(record, Date.now())).toBe(true);
    expect(record && isUsable(record, Date.now() + RELAY_STALE_MS)).toBe(false);
  });

  it('takes coturn and its folder along when it is killed', async () => {
    const before = new Set(foldersInMemory());
    const relay = await running();
    const { coturn } = relay;
    expect(coturn).toBeDefined();
    const own = foldersInMemory().filter((name) => !before.has(name));
    expect(own.length).toBeGreaterThan(0);
    await relay.kill();
    await eventually(() => isAlive(coturn)).toBe(false);
    await eventually(() => foldersInMemory().filter((name) => own.includes(name))).toEqual([]);
  });

  it('writes metrics without ids and addresses', async () => {
    const relay = await running();
    await eventually(() => relay.lines.some((line) => line.includes('RelayLoad'))).toBe(true);
    const text = relay.lines.join('\n');
    expect(text).not.toMatch(/\d+\.\d+\.\d+\.\d+/);
    expect(text).not.toContain(`test-${relay.port}`);
  });
});

describe('a relay that drains', () => {
  it('lets live calls go on, has everybody told, and ends when it is empty', async () => {
    const relay = await running();
    const [alice, bob] = [await clientOf(relay), await clientOf(relay)];
    const [{ relayed: from }, { relayed: to }] = [await alice.allocate(), await bob.allocate()];
    const before = world.aws.bodiesOf('Invoke').length;
    relay.child.kill('SIGUSR1');
    await eventually(() => world.aws.bodiesOf('Invoke').slice(before)).toEqual([
      JSON.stringify({ relay: `test-${relay.port}` }),
    ]);
    expect((await recordOf(relay))?.state).toBe('draining');

    if (dialectOf(await installedVersion()).drains) {
      expect(await answerTo((await clientOf(relay)).allocate())).toBe(403);
    }
    await alice.permit(to);
    await bob.permit(from);
    const heard = new Promise((resolve) => {
      bob.onData = ({ data }) => resolve(data.toString());
    });
    alice.send(to, Buffer.from('still talking'));
    expect(await heard).toBe('still talking');

    expect(relay.child.exitCode).toBeNull();
    await Promise.all([alice.refresh(0), bob.refresh(0)]);
    expect(await relay.exited).toBe(EXITS.drained);
    expect(await recordOf(relay)).toBeUndefined();
  });

  it('does so when somebody else has marked it', async () => {
    const relay = await running();
    await world.registry.drain(`test-${relay.port}`);
    expect(await relay.exited).toBe(EXITS.drained);
  });

  it('ends at once when it is empty, and when it is told to', async () => {
    const empty = await running();
    empty.child.kill('SIGTERM');
    expect(await empty.exited).toBe(EXITS.drained);

    const busy = await running();
    await (await clientOf(busy)).allocate();
    busy.child.kill('SIGINT');
    expect(await busy.exited).toBe(EXITS.drained);
    expect(await recordOf(busy)).toBeUndefined();
  });

  it('ends even though nobody could be told', async () => {
    world.aws.script('Invoke', () => ({ status: 403, body: '{}' }));
    const relay = await running();
    relay.child.kill('SIGUSR1');
    expect(await relay.exited).toBe(EXITS.drained);
    world.aws.script('Invoke', () => ({ status: 202, body: '' }));
  });
});

function foldersInMemory(): string[] {
  return readdirSync('/dev/shm').filter((name) => name.startsWith('sotto-relay-'));
}

/** Zombies count as dead: whoever adopted them has not looked yet. */
function isAlive(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  try {
    return readdirSync(`/proc/${pid}/fd`).length > 0;
  } catch {
    return false;
  }
}
