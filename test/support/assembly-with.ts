import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { StageSettings } from '../../infra/config.ts';
import { cachedAssembly } from '../../local/synthesis/cache.ts';
import { INPUTS } from '../../local/synthesis/stack.ts';

const root = join(import.meta.dirname, '../..');
const APP = 'test/support/assembly-app.ts';

/** The stack of stage `dev` with some settings changed, bundles included; synthesized anew only when its sources have changed. */
export function assemblyWith(settings: Partial<StageSettings>): Promise<string> {
  const text = JSON.stringify(settings);
  return cachedAssembly({
    directory: join(root, '.sotto', 'assembly'),
    root,
    inputs: [...INPUTS, APP],
    variant: text,
    synthesize: async (output) => {
      const env = { ...process.env, CDK_OUTDIR: output, SETTINGS: text };
      await promisify(execFile)(process.execPath, [join(root, APP)], { cwd: root, env });
    },
  });
}
