import { execFile } from 'node:child_process';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cachedAssembly } from '../../../local/synthesis/cache.ts';

const root = join(import.meta.dirname, '../../..');

/** Directory of the synthesized fixture stack; synthesized only when its sources have changed. */
export function fixtureAssembly(): Promise<string> {
  return cachedAssembly({
    directory: join(root, '.sotto', 'fixture-assembly'),
    root,
    inputs: ['package-lock.json', 'test/support/fixture-stack'],
    variant: 'fixture',
    synthesize: async (output) => {
      const env = { ...process.env, CDK_OUTDIR: output };
      await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'app.ts')], { cwd: root, env });
    },
  });
}

/** A copy of the fixture's assembly in another folder, with another template. */
export async function changedAssembly(folder: string, change: (template: string) => string): Promise<string> {
  await cp(await fixtureAssembly(), folder, { recursive: true });
  const file = join(folder, 'Fixture.template.json');
  await writeFile(file, change(await readFile(file, 'utf8')));
  return folder;
}
