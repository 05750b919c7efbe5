import { App } from 'aws-cdk-lib';
import { addChecks } from './checks.ts';
import { ConfigError, readConfig } from './config.ts';
import { forLocalCloud, LOCAL } from './relay/local-fleet.ts';
import { SottoStack } from './stack.ts';
import { STAGES } from './stages.ts';

try {
  const app = new App();
  const config = readConfig(app.node.tryGetContext('stage'), STAGES);
  new SottoStack(app, app.node.tryGetContext('relay') === LOCAL ? forLocalCloud(config) : config);
  addChecks(app);
  app.synth();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  // The operator's mistake, not ours: one sentence and no stack trace.
  console.error(error.message);
  process.exitCode = 1;
}
