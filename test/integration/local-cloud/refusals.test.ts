import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startLocalCloud } from '../../../local/cloud.ts';
import { Refusal } from '../../../local/refusal.ts';
import { changedAssembly } from '../../support/fixture-stack/assembly.ts';
import { type FixtureCloud, startFixture } from '../../support/fixture-stack/cloud.ts';

let folder: string;
let running: FixtureCloud | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sotto-refusal-'));
});
afterEach(async () => {
  await running?.remove();
  running = undefined;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const refused = async (start: Promise<unknown>): Promise<string> => {
  const error = await start.then(
    () => new Error('it started'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Refusal);
  return error instanceof Refusal ? error.message : '';
};

describe('the start is refused with one sentence', () => {
  it('when the port is taken', async () => {
    const other = createServer();
    const port = await new Promise<number>((resolve) => {
      other.listen(0, '127.0.0.1', () => {
        const address = other.address();
        resolve(typeof address === 'object' && address ? address.port : 0);
      });
    });
    const message = await refused(startFixture({ port, data: join(folder, 'port') }));
    expect(message).toBe(
      `Port ${port} is already taken: end the program that uses it, or choose another one with --port.`,
    );
    other.close();
  });

  it('when another local cloud has the data folder, and not once that has ended', async () => {
    running = await startFixture();
    const message = await refused(startFixture({ data: running.data }));
    expect(message).toMatch(/^The data folder \S+ is in use by another local cloud: end that one/);
    await running.close();
    running = await startFixture({ data: running.data });
  });

  it('when the data folder holds something else than a database', async () => {
    const data = join(folder, 'corrupt');
    await (await startFixture({ data })).close();
    await writeFile(join(data, 'dynamodb.sqlite'), 'this is no database '.repeat(500));
    expect(await refused(startFixture({ data }))).toMatch(
      /^The embedded database cannot open \S+dynamodb\.sqlite \(.+\): move that file away/,
    );
  });

  it('when the database was damaged in the middle', async () => {
    const data = join(folder, 'damaged');
    await (await startFixture({ data })).close();
    const file = join(data, 'dynamodb.sqlite');
    const bytes = await readFile(file);
    await writeFile(file, bytes.fill(0xa5, 4096));
    expect(await refused(startFixture({ data }))).toMatch(/database cannot (open|read)/);
  });

  it('when the data folder cannot be made', async () => {
    await writeFile(join(folder, 'file'), '');
    expect(await refused(startFixture({ data: join(folder, 'file', 'data') }))).toMatch(
      /^The data folder \S+ cannot be created/,
    );
  });

  it('when the address is not one of this machine', async () => {
    const message = await refused(startFixture({ host: '192.0.2.1', data: join(folder, 'host') }));
    expect(message).toBe(
      '192.0.2.1 is not an address of this machine (EADDRNOTAVAIL): choose one of its own with --host.',
    );
  });

  it('when a table has another key than the template wants', async () => {
    const data = join(folder, 'key');
    await (await startFixture({ data })).close();
    const assembly = await changedAssembly(join(folder, 'changed'), (template) =>
      template.replaceAll('"AttributeName": "part"', '"AttributeName": "piece"'),
    );
    const message = await refused(startFixture({ assembly, data }));
    expect(message).toMatch(
      /^The table Fixture-\w+ in this data folder has the key \(owner, part\) and the template wants \(owner, piece\)/,
    );
  });

  it.each([
    ['ftp://localhost', /has to be an address like http:\/\/localhost:8000/],
    ['http://127.0.0.1:9', /^No database answers at http:\/\/127\.0\.0\.1:9: start it first/],
  ])('when there is no database at %s', async (databaseEndpoint, sentence) => {
    expect(await refused(startFixture({ databaseEndpoint, data: join(folder, 'none') }))).toMatch(sentence);
  });

  it('when nothing was synthesized', async () => {
    expect(await refused(startLocalCloud({ assembly: folder, data: join(folder, 'none') }))).toMatch(
      /manifest\.json is missing: synthesize the stack first/,
    );
  });
});
