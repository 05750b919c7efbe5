import { App } from 'aws-cdk-lib';
import { addChecks } from './checks.ts';
import { ConfigError, readConfig } from './config.ts';
import { SottoStack } from './stack.ts';
import { STAGES } from './stages.ts';

try {
  const app = new App();
  new SottoStack(app, readConfig(app.node.tryGetContext('stage'), STAGES));
  addChecks(app);
  app.synth();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  // The operator's mistake, not ours: one sentence and no stack trace.
  console.error(error.message);
  process.exitCode = 1;
}
