import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { certificateFor } from '../../../local/certificate.ts';
import { connect } from '../../support/fixture-stack/client.ts';
import { startFixture } from '../../support/fixture-stack/cloud.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sotto-certificate-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('the certificate of an address', () => {
  it('names it, is kept, and its key is for its owner only', async () => {
    const made = await certificateFor('192.168.7.7', join(folder, 'new'));
    const certificate = new X509Certificate(made.cert);
    expect(certificate.checkIP('192.168.7.7')).toBe('192.168.7.7');
    expect(certificate.checkIP('192.168.7.8')).toBeUndefined();
    expect(await certificateFor('192.168.7.7', join(folder, 'new'))).toEqual(made);
    expect((await stat(join(folder, 'new', '192.168.7.7.key.pem'))).mode & 0o777).toBe(0o600);
  });

  it('may be for a name', async () => {
    const { cert } = await certificateFor('sotto.local', folder);
    expect(new X509Certificate(cert).checkHost('sotto.local')).toBe('sotto.local');
  });

  it('is made anew when the one that is kept cannot be used', async () => {
    const first = await certificateFor('10.0.0.1', folder);
    const file = (await readdir(folder)).find((name) => name === '10.0.0.1.cert.pem');
    await writeFile(join(folder, String(file)), 'no certificate');
    const second = await certificateFor('10.0.0.1', folder);
    expect(second).not.toEqual(first);
    expect(new X509Certificate(second.cert).checkIP('10.0.0.1')).toBe('10.0.0.1');
  });
});

it('lets a client that trusts it connect with wss, which the health page speaks of', async () => {
  const tls = await certificateFor('127.0.0.1', folder);
  const cloud = await startFixture({ host: '127.0.0.1', tls });
  expect(cloud.url).toMatch(/^wss:\/\/127\.0\.0\.1:\d+\/test$/);
  const client = await connect(cloud.url, 'allow.alice', { ca: tls.cert });
  expect(await client.ask({ action: 'ping' })).toEqual({ event: 'pong' });
  expect(await client.ask({ action: 'env' })).toMatchObject({ env: { ENDPOINT: cloud.url } });
  await client.close();

  const [response] = await once(get(cloud.health, { ca: tls.cert, agent: false }), 'response');
  let page = '';
  for await (const chunk of response) page += chunk;
  expect(JSON.parse(page)).toMatchObject({ status: 'ok', websocket: cloud.url });
  await cloud.remove();
});
