import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CfnResource } from 'aws-cdk-lib';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { expect, it } from 'vitest';
import { synthesize } from '../support/synthesize.ts';

const APP = fileURLToPath(new URL('../../infra/app.ts', import.meta.url));

it('a finding of cdk-nag ends the synthesis', () => {
  expect(() => synthesize({}, (stack) => new Topic(stack, 'Planted'))).toThrow(/AwsSolutions|validation/i);
});

it('a finding of the CloudFormation validator ends the synthesis', () => {
  const plant = () =>
    synthesize({}, (stack) => {
      new CfnResource(stack, 'Planted', { type: 'AWS::Logs::LogGroup', properties: { RetentionInDays: 'a week' } });
    });
  expect(plant).toThrow(/validation/i);
});

it('nothing is looked up in an account', () => {
  expect(synthesize().lookups).toEqual([]);
});

it('a wrong stage is one sentence, without a stack trace', async () => {
  const context = JSON.stringify({ stage: 'staging' });
  const run = promisify(execFile)(process.execPath, [APP], { env: { ...process.env, CDK_CONTEXT_JSON: context } });
  await expect(run).rejects.toMatchObject({
    code: 1,
    stderr: 'There is no stage "staging" in infra/stages.ts, which has: prod, dev\n',
  });
});
