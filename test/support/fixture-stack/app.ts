import { App } from 'aws-cdk-lib';
import { FixtureStack } from './stack.ts';

/** The test bed of the local cloud: a small stack that uses every rule of the gateway. Never deployed. */
const app = new App();
new FixtureStack(app, 'Fixture');
app.synth();
