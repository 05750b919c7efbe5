import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetSecretValueCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../local/clock.ts';
import type { Observation } from '../../../local/faults/observation.ts';
import { createCallers } from '../../../local/iam/callers.ts';
import { accessKeyOf } from '../../../local/lambda/variables.ts';
import type { Loopback } from '../../../local/loopback.ts';
import { startSecretsManager } from '../../../local/secrets/manager.ts';
import { Vault } from '../../../local/secrets/vault.ts';
import type { FunctionSpec } from '../../../local/template/functions.ts';
import type { SecretSpec } from '../../../local/template/secrets.ts';

const ARN = 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:One-abcdef';
const SECRET: SecretSpec = { logicalId: 'One', name: 'One-abcdef', arn: ARN, first: { text: 'the first' } };

const functionNamed = (logicalId: string): FunctionSpec => ({
  logicalId,
  name: logicalId,
  arn: `arn:${logicalId}`,
  roleArn: `arn:aws:iam::000000000000:role/${logicalId}`,
  codeDirectory: '',
  handler: { module: '', name: '' },
  environment: {},
  timeoutSeconds: 3,
  memoryMegabytes: 128,
});
const readers = [functionNamed('Reader'), functionNamed('Writer'), functionNamed('Nobody')];
const allow = (...actions: string[]) => [{ effect: 'Allow' as const, actions, resources: [ARN] }];
const roles = new Map([
  ['arn:aws:iam::000000000000:role/Reader', allow('secretsmanager:GetSecretValue')],
  ['arn:aws:iam::000000000000:role/Writer', allow('secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue')],
]);

const clients: SecretsManagerClient[] = [];
const observations: Observation[] = [];
let folder: string;
let manager: Loopback;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sotto-secrets-'));
  const callers = createCallers(readers, roles);
  manager = await startSecretsManager({
    secrets: [SECRET],
    vault: await Vault.open(folder, [SECRET], Date.now()),
    callerOf: (request: IncomingMessage, service: string) => callers(request, service),
    clock: systemClock,
    observe: (observation) => observations.push(observation),
    log: () => {},
  });
});
afterAll(async () => {
  for (const client of clients) client.destroy();
  await manager?.close();
  await rm(folder, { recursive: true });
});

/** The SDK as the function with this logical id has it. */
function as(logicalId: string): SecretsManagerClient {
  const credentials = { accessKeyId: accessKeyOf(logicalId), secretAccessKey: 'not-a-secret' };
  const client = new SecretsManagerClient({ region: 'eu-central-1', endpoint: manager.url, credentials });
  clients.push(client);
  return client;
}
const get = (client: SecretsManagerClient, SecretId = ARN) => client.send(new GetSecretValueCommand({ SecretId }));

describe('Secrets Manager', () => {
  it('gives the current value to a function that may read it', async () => {
    expect(await get(as('Reader'))).toMatchObject({
      ARN,
      SecretString: 'the first',
      VersionId: expect.any(String),
      VersionStages: ['AWSCURRENT'],
      CreatedDate: expect.any(Date),
    });
    expect(observations.at(-1)).toEqual({
      type: 'secret',
      functionId: 'Reader',
      operation: 'GetSecretValue',
      status: 200,
    });
  });

  it.each([
    ['a function without the right', () => get(as('Nobody')), 'AccessDeniedException'],
    [
      'a function that may only read',
      () => as('Reader').send(new PutSecretValueCommand({ SecretId: ARN, SecretString: 'x' })),
      'AccessDeniedException',
    ],
    ['a key that is no function’s', () => get(as('Stranger')), 'UnrecognizedClientException'],
    ['a right to another secret', () => get(as('Reader'), `${ARN}x`), 'AccessDeniedException'],
  ])('refuses %s', async (_who, request, name) => {
    await expect(request()).rejects.toMatchObject({ name });
  });

  it('replaces the value, durably, and takes a repetition for what it is', async () => {
    const writer = as('Writer');
    const request = { SecretId: ARN, SecretString: 'the second', ClientRequestToken: 'a'.repeat(32) };
    const { VersionId } = await writer.send(new PutSecretValueCommand(request));
    expect((await writer.send(new PutSecretValueCommand(request))).VersionId).toBe(VersionId);
    await expect(writer.send(new PutSecretValueCommand({ ...request, SecretString: 'other' }))).rejects.toMatchObject({
      name: 'ResourceExistsException',
    });
    expect((await get(writer)).SecretString).toBe('the second');
    expect((await Vault.open(folder, [SECRET], 0)).get(ARN)?.text).toBe('the second');
  });
});
