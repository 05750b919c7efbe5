import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Sotto, startSotto } from '../../support/sotto.ts';

/** Not the synchronous one: the cloud runs in this process. */
const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** Strict, and with the libraries' own declarations checked: what the package declares must hold together. */
const TSC = [
  '--strict',
  '--module',
  'nodenext',
  '--target',
  'es2024',
  '--lib',
  'es2024,dom,dom.iterable',
  '--types',
  'node',
];

let cloud: Sotto;
let directory: string;
beforeAll(async () => {
  [cloud, directory] = await Promise.all([startSotto(), mkdtemp(join(tmpdir(), 'sotto-package-'))]);
});
afterAll(async () => {
  await cloud?.close();
  if (directory) await rm(directory, { recursive: true, force: true });
});

/** A project that has installed the packed tarball, with the package's dependencies and nothing else of the repository. */
async function installPacked(): Promise<void> {
  const packed = await run('npm', ['pack', '--json', '--pack-destination', directory], { cwd: join(ROOT, 'client') });
  const [{ filename }] = JSON.parse(packed.stdout);
  const installed = join(directory, 'node_modules', '@sotto', 'client');
  await mkdir(installed, { recursive: true });
  await run('tar', ['-xzf', join(directory, filename), '-C', installed, '--strip-components', '1']);
  const { dependencies } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));
  for (const name of [...Object.keys(dependencies), '@types/node']) {
    const link = join(directory, 'node_modules', name);
    await mkdir(join(link, '..'), { recursive: true });
    await symlink(join(ROOT, 'node_modules', name), link);
  }
  await writeFile(join(directory, 'package.json'), '{ "type": "module" }');
}

describe('the packed client', () => {
  it('compiles and runs the quick start of its README', { timeout: 180_000 }, async () => {
    await installPacked();
    const readme = await readFile(join(directory, 'node_modules/@sotto/client/README.md'), 'utf8');
    const [, program = ''] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
    await writeFile(join(directory, 'quick-start.ts'), program);
    await run(join(ROOT, 'node_modules/.bin/tsc'), [...TSC, 'quick-start.ts'], { cwd: directory });
    const env = { ...process.env, SOTTO_ENDPOINT: cloud.url };
    const { stdout } = await run(process.execPath, ['quick-start.js'], { cwd: directory, env, timeout: 60_000 });
    expect(stdout).toMatch(/^[0-9a-f-]{36}: Hello Bob!\n$/);
  });
});
