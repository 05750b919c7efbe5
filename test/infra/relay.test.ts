import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import type { StageSettings } from '../../infra/config.ts';
import { ENVIRONMENT } from '../../shared/environment.ts';
import { permissionsOf } from '../support/policies.ts';
import { render } from '../support/render-intrinsics.ts';
import { FLEET, type SynthesizedStack, synthesize } from '../support/synthesize.ts';

const EXTERNAL = {
  provider: 'external',
  endpoints: [
    { transport: 'udp', host: '192.0.2.7', port: 3478 },
    { transport: 'tls', host: 'turn.example.org', port: 443 },
  ],
} satisfies StageSettings['relay'];

const lambda = z.object({ Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }) });

const none = synthesize();
const external = synthesize({ relay: EXTERNAL });
const fleet = synthesize({ relay: FLEET });

const idsOf = (stack: SynthesizedStack, type: string) =>
  Object.entries(stack.resources).flatMap(([id, { Type }]) => (Type === type ? [id] : []));

/** What the function that hands out relays may do, beside writing its log, as `action on resource`. */
const rightsIn = (stack: SynthesizedStack) =>
  permissionsOf(stack)
    .filter(({ role, action }) => role.startsWith('<FunctionsRelayRole') && !action.startsWith('logs:'))
    .map(({ action, resource }) => `${action} on ${resource}`)
    .toSorted();

/** Its environment, but for what every function has. */
function environmentIn(stack: SynthesizedStack): Record<string, string> {
  const found = stack.ofType('AWS::Lambda::Function').filter(([id]) => id.startsWith('FunctionsRelayFunction'));
  expect(found).toHaveLength(1);
  const variables = found.flatMap(([, { Properties }]) =>
    Object.entries(lambda.parse(Properties).Environment.Variables),
  );
  const own = variables.filter(([name]) => name.startsWith('RELAY'));
  return Object.fromEntries(own.map(([name, value]) => [name, render(value)]));
}

const MEMBERSHIP_AND_RATES = [
  'dynamodb:GetItem on <ConnectionsTable.Arn>',
  'dynamodb:UpdateItem on <EphemeraTable.Arn>',
];

describe('a stage without relays', () => {
  it('has nothing for them', () => {
    expect(idsOf(none, 'AWS::SecretsManager::Secret')).toEqual([]);
    expect(idsOf(none, 'AWS::DynamoDB::GlobalTable')).not.toContain('RelaysTable');
    expect(rightsIn(none)).toEqual(MEMBERSHIP_AND_RATES);
    expect(environmentIn(none)).toEqual({ [ENVIRONMENT.relayProvider]: 'none' });
  });
});

describe('a stage with an external relay', () => {
  it('has a secret, which its function alone may read, and says where it is', () => {
    expect(idsOf(external, 'AWS::SecretsManager::Secret')).toEqual(['RelaySecret']);
    expect(rightsIn(external)).toEqual([...MEMBERSHIP_AND_RATES, 'secretsmanager:GetSecretValue on <RelaySecret>']);
    expect(permissionsOf(external).filter(({ resource }) => resource.includes('RelaySecret'))).toHaveLength(1);
    expect(external.outputs).toHaveProperty('RelaySecretArn');
    expect(none.outputs).not.toHaveProperty('RelaySecretArn');
  });

  it('tells its function where the relay is', () => {
    const { [ENVIRONMENT.relayEndpoints]: endpoints = '', ...others } = environmentIn(external);
    expect(JSON.parse(endpoints)).toEqual(EXTERNAL.endpoints);
    expect(others).toEqual({ [ENVIRONMENT.relayProvider]: 'external', [ENVIRONMENT.relaySecretArn]: '<RelaySecret>' });
  });

  it('has no table of relays', () => {
    expect(idsOf(external, 'AWS::DynamoDB::GlobalTable')).not.toContain('RelaysTable');
  });
});

describe('a stage with relays of its own', () => {
  it('has their table and their secret, and its function reads both and writes neither', () => {
    expect(rightsIn(fleet)).toEqual([
      'dynamodb:GetItem on <ConnectionsTable.Arn>',
      'dynamodb:GetItem on <EphemeraTable.Arn>',
      'dynamodb:PutItem on <EphemeraTable.Arn>',
      'dynamodb:Query on <RelaysTable.Arn>',
      'dynamodb:UpdateItem on <EphemeraTable.Arn>',
      'secretsmanager:GetSecretValue on <RelaySecret>',
    ]);
    expect(environmentIn(fleet)).toEqual({
      [ENVIRONMENT.relayMinimum]: '1',
      [ENVIRONMENT.relayProvider]: 'fleet',
      [ENVIRONMENT.relaySecretArn]: '<RelaySecret>',
      [ENVIRONMENT.relays]: '<RelaysTable>',
    });
  });

  it('may start one only where none runs until somebody calls', () => {
    const started = synthesize({ relay: { ...FLEET, minimum: 0 } });
    const service = 'arn:aws:ecs:eu-central-1:<AWS::AccountId>:service/Sotto-test/relay';
    const further = rightsIn(started).filter((right) => !rightsIn(fleet).includes(right));
    expect(further).toEqual([`ecs:DescribeServices on ${service}`, `ecs:UpdateService on ${service}`]);
    expect(environmentIn(started)).toMatchObject({
      [ENVIRONMENT.relayMinimum]: '0',
      [ENVIRONMENT.relayCluster]: 'Sotto-test',
      [ENVIRONMENT.relayService]: 'relay',
    });
  });

  it('the table forgets relays, and cannot be restored to name those that have gone', () => {
    expect(fleet.resources.RelaysTable?.Properties).toMatchObject({
      KeySchema: [
        { AttributeName: 'fleet', KeyType: 'HASH' },
        { AttributeName: 'relay', KeyType: 'RANGE' },
      ],
      TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
    });
    expect(JSON.stringify(fleet.resources.RelaysTable)).not.toContain('"PointInTimeRecoveryEnabled":true');
  });
});

describe('the secret', () => {
  it('is made by Secrets Manager, with 256 random bits in letters and digits, and stands nowhere', () => {
    expect(fleet.resources.RelaySecret).toMatchObject({
      Properties: {
        GenerateSecretString: {
          SecretStringTemplate: '{"id":"00000000"}',
          GenerateStringKey: 'value',
          PasswordLength: 43,
          ExcludePunctuation: true,
        },
      },
    });
    expect(fleet.resources.RelaySecret?.Properties).not.toHaveProperty('SecretString');
  });

  it('goes with the stack', () => {
    expect(fleet.resources.RelaySecret?.DeletionPolicy).toBe('Delete');
  });
});
