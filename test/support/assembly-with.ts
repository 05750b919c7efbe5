import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { readConfig, type StageSettings } from '../../infra/config.ts';
import { SottoStack } from '../../infra/stack.ts';
import { STAGES } from '../../infra/stages.ts';
import { cachedAssembly } from '../../local/synthesis/cache.ts';
import { INPUTS } from '../../local/synthesis/stack.ts';

const root = join(import.meta.dirname, '../..');

/** The synthesized stack of stage `dev` with other settings, bundles included; synthesized anew only when its sources have changed. */
export function assemblyWith(settings: Partial<StageSettings>): Promise<string> {
  return cachedAssembly({
    directory: join(root, '.sotto', 'assembly'),
    root,
    inputs: INPUTS,
    variant: JSON.stringify(settings),
    synthesize: async (outdir) => {
      const { context } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8'));
      const app = new App({ outdir, context });
      new SottoStack(app, readConfig('dev', { dev: { ...STAGES.dev, ...settings } }));
      app.synth();
    },
  });
}
