import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Refusal } from '../../../local/refusal.ts';
import { readModel } from '../../../local/template/model.ts';
import { fixtureAssembly } from '../../support/fixture-stack/assembly.ts';

type Properties = Record<string, unknown>;
type Resources = Record<string, { Type: string; Properties: Properties }>;

let folder: string;
let original: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sotto-template-'));
  await cp(await fixtureAssembly(), folder, { recursive: true });
  original = await readFile(join(folder, 'Fixture.template.json'), 'utf8');
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Reads the fixture's model after a change to its resources. */
async function readChanged(change: (resources: Resources) => void) {
  const template = JSON.parse(original);
  change(template.Resources);
  await writeFile(join(folder, 'Fixture.template.json'), JSON.stringify(template));
  return readModel(folder);
}

/** Properties of the first resource whose logical id begins so. */
function propertiesOf(resources: Resources, start: string): Properties {
  const found = Object.entries(resources).find(([id, { Properties }]) => id.startsWith(start) && Properties);
  if (!found) throw new Error(`no ${start}`);
  return found[1].Properties;
}

describe('the template', () => {
  it('is read into what is to be run', async () => {
    const model = await readChanged(() => {});
    expect(model.functions.map(({ timeoutSeconds, memoryMegabytes }) => [timeoutSeconds, memoryMegabytes])).toEqual([
      [10, 512],
      [10, 512],
      [3, 512],
      [10, 512],
    ]);
    expect(model.tables).toMatchObject([{ expiryAttribute: 'expires' }, {}]);
    expect(model.rules).toMatchObject([{ periodMs: 3_600_000 }]);
    expect(model.api.selector).toEqual(['action']);
    expect(model.api.routes.get('ping')?.integration).toEqual({ type: 'constant', reply: '{"event":"pong"}' });
    expect([...model.roles.values()].flat()).toContainEqual({
      effect: 'Allow',
      actions: ['dynamodb:PutItem', 'dynamodb:DeleteItem'],
      resources: [model.tables[0]?.arn],
    });
  });

  it('says how secrets get their first value, and by which ARN they are known', async () => {
    const { secrets } = await readChanged((resources) => {
      const made = { SecretStringTemplate: '{"id":"0"}', GenerateStringKey: 'value', ExcludePunctuation: true };
      resources.Made = { Type: 'AWS::SecretsManager::Secret', Properties: { GenerateSecretString: made } };
      resources.Given = { Type: 'AWS::SecretsManager::Secret', Properties: { Name: 'given', SecretString: 'x' } };
      propertiesOf(resources, 'Notebook985').Environment = { Variables: { SECRET: { Ref: 'Given' } } };
    });
    const arn = /^arn:aws:secretsmanager:us-east-1:000000000000:secret:(Fixture-Made|given)-[0-9a-z]{6}$/;
    expect(secrets).toEqual([
      {
        logicalId: 'Made',
        name: expect.any(String),
        arn: expect.stringMatching(arn),
        first: { template: '{"id":"0"}', key: 'value', length: 32 },
      },
      { logicalId: 'Given', name: expect.any(String), arn: expect.stringMatching(arn), first: { text: 'x' } },
    ]);
  });

  it('may leave out resources by a condition, and hold those that exist only in AWS', async () => {
    const model = await readChanged((resources) => {
      resources.Alarm = { Type: 'AWS::CloudWatch::Alarm', Properties: { Whatever: { 'Fn::GetAZs': '' } } };
    });
    expect(model.functions).toHaveLength(4);
  });

  it.each<[string, (resources: Resources) => void, RegExp]>([
    [
      'a type in neither list',
      (resources) => {
        resources.Bucket = { Type: 'AWS::S3::Bucket', Properties: {} };
      },
      /^Bucket in Fixture is of type AWS::S3::Bucket, which the local cloud neither runs nor knows/,
    ],
    [
      'a property that could change behaviour',
      (resources) => {
        propertiesOf(resources, 'Notebook985').VpcConfig = {};
      },
      /^Notebook985\w+ \(AWS::Lambda::Function\) cannot be run locally: .*VpcConfig/,
    ],
    [
      'a secret of characters that are not made here',
      (resources) => {
        const made = { SecretStringTemplate: '{}', GenerateStringKey: 'value', ExcludePunctuation: false };
        resources.Secret = { Type: 'AWS::SecretsManager::Secret', Properties: { GenerateSecretString: made } };
      },
      /^Secret \(AWS::SecretsManager::Secret\) cannot be run locally: .*ExcludePunctuation/,
    ],
    [
      'an unknown intrinsic function',
      (resources) => {
        propertiesOf(resources, 'Notebook985').Description = { 'Fn::Transform': {} };
      },
      /cannot be run locally: the intrinsic function Fn::Transform is not known/,
    ],
    [
      'an environment variable that comes from AWS only',
      (resources) => {
        resources.Topic = { Type: 'AWS::SNS::Topic', Properties: {} };
        propertiesOf(resources, 'Notebook985').Environment = { Variables: { TOPIC: { Ref: 'Topic' } } };
      },
      /its environment variable TOPIC comes from a resource that exists only in AWS/,
    ],
    [
      'a misspelt action',
      (resources) => {
        const document = {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Action: 'dynamodb:GetItmes', Resource: '*' }],
        };
        propertiesOf(resources, 'NotebookServiceRoleDefaultPolicy').PolicyDocument = document;
      },
      /NotebookServiceRoleDefaultPolicy\w+ names the action dynamodb:GetItmes/,
    ],
    [
      'a managed policy with unknown grants',
      (resources) => {
        propertiesOf(resources, 'NotebookServiceRole').ManagedPolicyArns = [
          'arn:aws:iam::aws:policy/AdministratorAccess',
        ];
      },
      /has the managed policy arn:aws:iam::aws:policy\/AdministratorAccess/,
    ],
    [
      'a role that Lambda may not assume',
      (resources) => {
        const statement = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'ec2.amazonaws.com' } };
        propertiesOf(resources, 'NotebookServiceRole').AssumeRolePolicyDocument = { Statement: [statement] };
      },
      /lambda\.amazonaws\.com may not assume it/,
    ],
    [
      'a MOCK with a template that is not constant',
      (resources) => {
        propertiesOf(resources, 'Pong').ResponseTemplates = { $default: '$context.requestId' };
      },
      /^Pong \(AWS::ApiGatewayV2::IntegrationResponse\).*only constant templates are known/,
    ],
    [
      'a schedule other than a rate',
      (resources) => {
        propertiesOf(resources, 'Hourly').ScheduleExpression = 'cron(0 12 * * ? *)';
      },
      /of schedules only rate\(\.\.\.\) is known/,
    ],
    [
      'an authorizer on another route than $connect',
      (resources) => {
        const authorizer = Object.entries(resources).find(
          ([, { Type }]) => Type === 'AWS::ApiGatewayV2::Authorizer',
        )?.[0];
        const route = propertiesOf(resources, 'ApiechoRoute5');
        Object.assign(route, { AuthorizationType: 'CUSTOM', AuthorizerId: { Ref: authorizer } });
      },
      /has an authorizer: API Gateway allows one only on \$connect/,
    ],
  ])('is refused with %s', async (_what, change, message) => {
    const reading = readChanged(change);
    await expect(reading).rejects.toThrow(Refusal);
    await expect(reading).rejects.toThrow(message);
  });

  it('says who may invoke a function', async () => {
    const { mayInvoke, functions, api, rules } = await readChanged(() => {});
    const arnOf = (id: string): string => functions.find(({ logicalId }) => logicalId.startsWith(id))?.arn ?? '';
    const route = `arn:aws:execute-api:us-east-1:000000000000:${api.id}/test/echo`;
    expect(mayInvoke('apigateway.amazonaws.com', route, arnOf('Notebook'))).toBe(true);
    expect(mayInvoke('apigateway.amazonaws.com', route, arnOf('Clock'))).toBe(false);
    expect(mayInvoke('events.amazonaws.com', route, arnOf('Notebook'))).toBe(false);
    expect(mayInvoke('events.amazonaws.com', String(rules[0]?.arn), arnOf('Clock'))).toBe(true);
    expect(mayInvoke('apigateway.amazonaws.com', route.replace('echo', 'unknown'), arnOf('Notebook'))).toBe(false);
  });
});
