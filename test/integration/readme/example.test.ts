import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Sotto, startSotto } from '../../support/sotto.ts';

const fileOf = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

let sotto: Sotto;
beforeAll(async () => {
  sotto = await startSotto();
});
afterAll(() => sotto?.close());

describe('the example in README.md', () => {
  it('is tools/example.ts', async () => {
    const [, shown] = /```ts\n([\s\S]*?)```/.exec(await readFile(fileOf('README.md'), 'utf8')) ?? [];
    expect(shown).toBe(await readFile(fileOf('tools/example.ts'), 'utf8'));
  });

  it('does what the page says', async () => {
    const env = { ...process.env, SOTTO_ENDPOINT: sotto.url };
    const { stdout } = await promisify(execFile)(process.execPath, [fileOf('tools/example.ts')], { env });
    expect(stdout).toMatch(/^\d{60}\nequal on both sides$/m);
    expect(stdout).toMatch(/Nobody else can read this, and in a minute nobody can\. +\(gone at .+\)\n/);
    expect(stdout).toContain('Are you sure that it is you?');
  });
});
