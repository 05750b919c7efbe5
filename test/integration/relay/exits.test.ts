import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { EXITS } from '../../../relay/supervisor/exits.ts';
import { findTurnserver } from '../../support/coturn.ts';
import { type RelayProcess, RelayWorld, SECRET_ID } from '../../support/relay-process.ts';

let world: RelayWorld;
let folder: string;

beforeAll(async () => {
  [world, folder] = await Promise.all([RelayWorld.open(), mkdtemp(join(tmpdir(), 'sotto-turnserver-'))]);
  await chmod(folder, 0o755);
});
afterEach(() => world.aws.script('GetSecretValue', () => good()));
afterAll(async () => {
  await world.close();
  await rm(folder, { recursive: true, force: true });
});

const good = () => world.secretAnswer([{ id: SECRET_ID, value: world.secret }]);

/** Starts a relay that cannot go on, and returns its exit code. */
async function exitOf(change: Record<string, string | undefined>): Promise<number | null> {
  return (await world.start(change)).exited;
}

/** A PATH on which turnserver is this script. `REAL` in it is the installed one. */
async function pathWith(script: string): Promise<string> {
  const bin = await mkdtemp(join(folder, 'bin-'));
  await chmod(bin, 0o755);
  await writeFile(join(bin, 'turnserver'), `#!/bin/sh\n${script.replaceAll('REAL', findTurnserver())}\n`, {
    mode: 0o755,
  });
  return `${bin}:${process.env.PATH}`;
}

/** What does the real one's work after the configuration was changed on the way. */
const changed = (sed: string) => `[ "$1" = --version ] && exec REAL --version\nsed -i -e '${sed}' "$2"\nexec REAL "$@"`;

it.each([
  ['a variable is missing', { RELAY_REALM: undefined }],
  ['a port is none', { RELAY_LISTEN_PORT: '0' }],
  ['a quota is unlimited', { RELAY_TOTAL_QUOTA: '0' }],
  ['a range is CIDR', { RELAY_DENY: '10.0.0.0/8' }],
  ['a value would be two lines', { RELAY_REALM: 'sotto\nno-auth' }],
])('ends with `configuration` when %s', async (_, change) => {
  expect(await exitOf(change)).toBe(EXITS.configuration);
});

it('ends with `configuration` when coturn is one that is not fit for the internet, or one that is broken', async () => {
  for (const version of ['4.17.1', '4.12.0']) {
    expect(await exitOf({ PATH: await pathWith(`echo ${version}`) })).toBe(EXITS.configuration);
  }
});

it('ends with `address` when the machine does not have the address', async () => {
  expect(await exitOf({ RELAY_LOCAL_ADDRESS: '198.51.100.9' })).toBe(EXITS.address);
});

it('ends with `address` when there is no task metadata, or not of its form', async () => {
  expect(await exitOf({ RELAY_LOCAL_ADDRESS: undefined })).toBe(EXITS.address);
  world.aws.script('metadata', () => ({ body: '{}' }));
  const metadata = `${world.aws.url}/metadata/v4`;
  expect(await exitOf({ RELAY_LOCAL_ADDRESS: undefined, ECS_CONTAINER_METADATA_URI_V4: metadata })).toBe(EXITS.address);
});

it.each([
  ['is refused', () => ({ status: 400, body: '{"__type":"AccessDeniedException"}' })],
  ['has no value', () => ({ body: '{"ARN":"arn"}' })],
  ['is not of its form', () => ({ body: '{"SecretString":"{\\"secrets\\":[]}"}' })],
  ['is too short', () => world.secretAnswer([{ id: SECRET_ID, value: 'north' }])],
])('ends with `secrets` when the secret %s', async (_, answer) => {
  world.aws.script('GetSecretValue', answer);
  expect(await exitOf({})).toBe(EXITS.secrets);
});

it('ends with `configuration` when the secret is one that anybody could guess', async () => {
  world.aws.script('GetSecretValue', () => world.secretAnswer([{ id: SECRET_ID, value: 'a'.repeat(43) }]));
  expect(await exitOf({})).toBe(EXITS.configuration);
});

it('ends with `start` when there is no coturn, or when it ends at once', async () => {
  expect(await exitOf({ PATH: '/nonexistent' })).toBe(EXITS.start);
  const path = await pathWith('[ "$1" = --version ] && exec REAL --version\nexit 3');
  expect(await exitOf({ PATH: path })).toBe(EXITS.start);
});

it('ends with `start` when coturn goes on without a part of its configuration', async () => {
  // It says "Bad configuration format", and serves.
  expect(await exitOf({ PATH: await pathWith(changed('s/^no-cli$/&\\nno-such-key/')) })).toBe(EXITS.start);
  // It says "Wrong address format", and lets peers be there.
  const path = await pathWith(changed('s|^denied-peer-ip=10.0.0.0-.*|denied-peer-ip=10.0.0.0/8|'));
  expect(await exitOf({ PATH: path })).toBe(EXITS.start);
});

it.each([
  ['lets somebody reach the metadata of the task', '/^denied-peer-ip=169.254/d'],
  ['lets somebody reach a private network', '/^denied-peer-ip=10.0.0.0/d'],
  ['has another secret', 's/^static-auth-secret=..../static-auth-secret=zzzz/'],
  ['lets nobody reach the other party', '/^allowed-peer-ip/d'],
])('ends with `self-test` when coturn %s', async (_, sed) => {
  expect(await exitOf({ PATH: await pathWith(changed(sed)) })).toBe(EXITS['self-test']);
});

it('ends with `registration` when the table is not there', async () => {
  expect(await exitOf({ RELAYS_TABLE: 'Test-Nowhere' })).toBe(EXITS.registration);
});

it('ends with `died` when coturn does, and takes itself out of the table', async () => {
  const relay = await world.start();
  await relay.registered;
  process.kill(coturnOf(relay), 'SIGKILL');
  expect(await relay.exited).toBe(EXITS.died);
  expect(await world.registry.list()).toEqual([]);
});

it('ends with `drained` when it was told to', async () => {
  const relay = await world.start();
  await relay.registered;
  relay.child.kill('SIGTERM');
  expect(await relay.exited).toBe(EXITS.drained);
});

it('says how it has ended, and neither secrets nor addresses', async () => {
  const relay = await world.start({ RELAY_DENY: '10.0.0.0/8' });
  await relay.exited;
  const text = relay.lines.join('\n');
  expect(text).toContain('"exit":"configuration"');
  expect(text).not.toContain(world.secret);
  expect(text).not.toMatch(/\d+\.\d+\.\d+\.\d+/);
});

function coturnOf(relay: RelayProcess): number {
  return relay.coturn ?? expect.fail('no coturn');
}
