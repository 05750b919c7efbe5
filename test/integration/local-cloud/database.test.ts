import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { findBinary, startEmulator } from '../../../local/dynamodb/emulator.ts';
import { eventually } from '../../support/eventually.ts';
import { connect } from '../../support/fixture-stack/client.ts';
import { type FixtureCloud, startFixture } from '../../support/fixture-stack/cloud.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const MINUTE = 60_000;
const clouds: FixtureCloud[] = [];
afterEach(async () => {
  for (const cloud of clouds.splice(0)) await cloud.remove();
});

async function start(options: Parameters<typeof startFixture>[0] = {}): Promise<FixtureCloud> {
  const cloud = await startFixture(options);
  clouds.push(cloud);
  return cloud;
}

describe('the rights of a function', () => {
  it('are those of its role: a missing grant reaches the client as an internal error with nothing half-done', async () => {
    const cloud = await start();
    const client = await connect(cloud.url, 'allow.alice');
    expect(await client.ask({ action: 'forbidden', owner: 'alice' })).toMatchObject({
      message: 'Internal server error',
    });
    expect(cloud.logged.join('')).toMatch(
      /AccessDeniedException: User: \S+ is not authorized to perform: dynamodb:PutItem on resource: \S+Counters/,
    );
    expect(await cloud.item('Notes', 'alice', 'transaction')).toBeUndefined();
    expect(await cloud.item('Counters', 'alice', 'transaction')).toBeUndefined();
    await client.close();
  });
});

describe('the data', () => {
  it('is found again by the next start', async () => {
    const first = await startFixture();
    const client = await connect(first.url, 'allow.alice');
    await client.ask({ action: 'note', owner: 'alice', part: 'kept' });
    await first.close();
    const second = await start({ data: first.data });
    expect(await second.item('Notes', 'alice', 'kept')).toBeDefined();
  });
});

describe('a database of one’s own', () => {
  it('takes the place of the embedded one, with roles and counting in front of it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sotto-external-'));
    const external = await startEmulator(findBinary(), join(folder, 'external.sqlite'));
    const cloud = await startFixture({ databaseEndpoint: external.endpoint });
    const client = await connect(cloud.url, 'allow.alice');
    expect(await client.ask({ action: 'note', owner: 'alice', part: 'outside' })).toEqual({ stored: 'outside' });
    expect(await client.ask({ action: 'forbidden', owner: 'alice' })).toMatchObject({
      message: 'Internal server error',
    });
    expect(await (await fetch(cloud.health)).json()).toMatchObject({ database: 'external' });
    expect(await readdir(cloud.data)).toEqual([]);
    await client.close();
    await cloud.remove();
    await external.close();
    await rm(folder, { recursive: true });
  });
});

describe('an item with an expiry', () => {
  it('is deleted some time after it, and not at once', async () => {
    const clock = new ManualClock();
    const cloud = await start({ clock });
    const client = await connect(cloud.url, 'allow.alice');
    const expires = Math.floor(clock.now() / 1000) + 30;
    await client.ask({ action: 'note', owner: 'alice', part: 'short', expires });
    await client.ask({ action: 'note', owner: 'alice', part: 'long', expires: expires + 3600 });
    // Old enough for the first sweep, and the last of its partition: once it is gone, that sweep has seen the others.
    await client.ask({ action: 'note', owner: 'alice', part: 'z-old', expires: expires - 3600 });
    const parts = async () => (await cloud.items('Notes')).map(({ part }) => part?.S);
    clock.advance(MINUTE);
    await eventually(parts).not.toContain('z-old');
    // 30 s late: readers have to see it as what it is.
    expect(await parts()).toContain('short');
    const sweeps = setInterval(() => clock.advance(MINUTE / 2), 20);
    await eventually(parts).not.toContain('short');
    clearInterval(sweeps);
    expect(await parts()).toContain('long');
  });
});

describe('a schedule', () => {
  it('runs at the start and then at its period', async () => {
    const clock = new ManualClock();
    const cloud = await start({ clock });
    const amount = async () => (await cloud.item('Counters', 'clock', 'Scheduled Event'))?.amount?.N;
    expect(await amount()).toBe('1');
    clock.advance(59 * MINUTE);
    expect(await amount()).toBe('1');
    clock.advance(MINUTE);
    await eventually(amount).toBe('2');
  });

  it('is tried again twice when its function fails', async () => {
    const clock = new ManualClock();
    let crashes = 0;
    const hooks = {
      invocation: async () => {
        crashes++;
        return { kind: 'crash' } as const;
      },
    };
    await start({ clock, hooks });
    expect(crashes).toBe(1);
    clock.advance(MINUTE);
    await eventually(() => crashes).toBe(2);
    // The second wait begins when the second failure is known.
    const time = setInterval(() => clock.advance(MINUTE), 20);
    await eventually(() => crashes).toBeGreaterThanOrEqual(3);
    clearInterval(time);
  });
});

describe('what is counted', () => {
  it('is each request with its capacity units, which the function does not see', async () => {
    const cloud = await start();
    const client = await connect(cloud.url, 'allow.alice');
    cloud.observations.length = 0;
    expect(await client.ask({ action: 'note', owner: 'alice', part: 'counted' })).toEqual({ stored: 'counted' });
    const requests = cloud.observations.filter(({ type }) => type === 'dynamodb');
    expect(requests).toMatchObject([
      { operation: 'PutItem', status: 200, units: { read: 0, write: 1 }, tables: [expect.stringContaining('Notes')] },
      { operation: 'GetItem', status: 200, units: { read: 1, write: 0 }, tables: [expect.stringContaining('Notes')] },
    ]);
    const messages = cloud.observations.filter(({ type }) => type === 'message');
    expect(messages).toMatchObject([{ direction: 'in', route: 'note' }, { direction: 'out' }]);
    await client.close();
  });
});
