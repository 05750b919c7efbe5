import { createHmac } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readRelaySecrets } from '../../../shared/store/relay-secrets.ts';
import { assemblyWith } from '../../support/assembly-with.ts';
import { seededBytes } from '../../support/identities.ts';
import { Person } from '../../support/person.ts';
import { type Sotto, startSotto } from '../../support/sotto.ts';

const ENDPOINTS = [
  { transport: 'udp' as const, host: '192.0.2.7', port: 3478 },
  { transport: 'tls' as const, host: 'turn.example.org', port: 443 },
];
const EXTERNAL = { relay: { provider: 'external' as const, endpoints: ENDPOINTS } };
const call = seededBytes('call', 16);

let folder: string;
let cloud: Sotto | undefined;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sotto-secrets-'));
  await assemblyWith(EXTERNAL);
  // A stack that no other test runs is synthesized first.
}, 180_000);
afterEach(async () => {
  await cloud?.close();
  cloud = undefined;
});
afterAll(() => rm(folder, { recursive: true }));

/** What somebody's first device is given. */
async function credentialsOn({ url }: Sotto, who: string) {
  const person = await Person.create(url, who);
  const client = await person.connect(1);
  try {
    return await client.request('relay.credentials', { call });
  } finally {
    await client.close();
  }
}

const secretOf = ({ vault, secrets }: Sotto) => vault.get(secrets.RelaySecret ?? '')?.text;

it('a stage without relays says so, and keeps nothing about the call', async () => {
  cloud = await startSotto({}, { relay: { provider: 'none' } });
  expect(await credentialsOn(cloud, 'alice')).toEqual({ status: 'none', relays: [] });
  expect(cloud.secrets).toEqual({});
});

describe('an external relay', () => {
  it('is the same for everybody, with credentials by the secret that the stack has made', async () => {
    cloud = await startSotto({}, EXTERNAL);
    const { status, relays } = await credentialsOn(cloud, 'alice');
    expect(status).toBe('ready');
    expect(relays).toMatchObject([{ relay: 'external', endpoints: ENDPOINTS }]);
    const [secret] = readRelaySecrets(secretOf(cloud));
    for (const { username, password } of relays) {
      expect(password).toBe(
        createHmac('sha1', secret?.value ?? '')
          .update(username)
          .digest('base64'),
      );
    }
  });

  it('that has no secret of its form is an error which tells nothing of the secret', async () => {
    cloud = await startSotto({}, EXTERNAL);
    const { vault, secrets } = cloud;
    await vault.put(secrets.RelaySecret ?? '', { id: 'x', text: '{"secrets":["planted-secret"]}', created: 0 });
    await expect(credentialsOn(cloud, 'alice')).rejects.toMatchObject({ code: 'internal' });
    expect(cloud.log.join('')).not.toContain('planted-secret');
  });
});

describe('the secrets of the local cloud', () => {
  it('are made once, for nobody else to read, and found again at the next start', async () => {
    const data = join(folder, 'kept');
    cloud = await startSotto({ data }, EXTERNAL);
    const first = secretOf(cloud);
    expect(readRelaySecrets(first)).toEqual([{ id: '00000000', value: expect.stringMatching(/^[A-Za-z0-9]{43}$/) }]);
    expect((await stat(join(data, 'secrets.json'))).mode & 0o077).toBe(0);
    await cloud.close();
    cloud = await startSotto({ data }, EXTERNAL);
    expect(secretOf(cloud)).toBe(first);
  });

  it('are another one on another machine', async () => {
    cloud = await startSotto({ data: join(folder, 'one') }, EXTERNAL);
    const one = secretOf(cloud);
    await cloud.close();
    cloud = await startSotto({ data: join(folder, 'other') }, EXTERNAL);
    expect(secretOf(cloud)).not.toBe(one);
  });

  it('that are damaged stop the start with a sentence', async () => {
    const data = join(folder, 'damaged');
    cloud = await startSotto({ data }, EXTERNAL);
    await cloud.close();
    cloud = undefined;
    const file = join(data, 'secrets.json');
    await writeFile(file, (await readFile(file, 'utf8')).slice(0, -1));
    await expect(startSotto({ data }, EXTERNAL)).rejects.toThrow(/secrets\.json cannot be read/);
  });
});
