import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { readConfig } from './config.ts';
import { SottoStack } from './stack.ts';
import { STAGES } from './stages.ts';

const app = new App();
new SottoStack(app, readConfig(app.node.tryGetContext('stage'), STAGES));
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
app.synth();
