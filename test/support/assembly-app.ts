// The stack of stage `dev` with the settings in the environment variable SETTINGS (JSON) in place of its own. CDK takes the folder for its
// output from CDK_OUTDIR. Without the checks of a real synthesis: other tests are about those.

import { App } from 'aws-cdk-lib';
import { readConfig } from '../../infra/config.ts';
import { SottoStack } from '../../infra/stack.ts';
import { STAGES } from '../../infra/stages.ts';

const app = new App();
new SottoStack(app, readConfig('dev', { dev: { ...STAGES.dev, ...JSON.parse(process.env.SETTINGS ?? '{}') } }));
app.synth();
