import { createHash } from 'node:crypto';
import { ECSClient, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, it } from 'vitest';
import { rotate } from '../../../functions/relay-secret-rotation/rotate.ts';
import type { RelayRecord } from '../../../shared/store/relay-items.ts';
import { relaySecretRotation } from '../../../shared/store/relay-secret-rotation.ts';
import { readRelaySecrets } from '../../../shared/store/relay-secrets.ts';
import { relayService } from '../../../shared/store/relay-service.ts';
import { commandsOf } from '../../support/commands.ts';
import { MINUTE, relayRecord } from '../../support/relays.ts';

const ARN = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:relay-abcdef';
const NOW = 1_800_000_000_000;
const MONTH = 30 * 24 * 60 * MINUTE;
const NEWEST = { id: '00000002', value: 'n'.repeat(43) };
const OLDER = { id: '00000001', value: 'o'.repeat(43) };
const REPLACEMENT = { cluster: 'Sotto-test', service: 'relay', forceNewDeployment: true };

const secretsManager = mockClient(SecretsManagerClient);
const ecs = mockClient(ECSClient);
let records: RelayRecord[];
beforeEach(() => {
  secretsManager.reset();
  ecs.reset();
  records = [];
  created(NOW - MONTH);
  secretsManager.on(PutSecretValueCommand).resolves({});
  ecs.on(UpdateServiceCommand).resolves({});
});

function created(time: number): void {
  secretsManager.on(GetSecretValueCommand).resolves({
    VersionId: 'version-1',
    CreatedDate: new Date(time),
    SecretString: JSON.stringify({ secrets: [NEWEST, OLDER] }),
  });
}

const knowing = (...secrets: string[]) => relayRecord(secrets.join('-'), NOW, { secrets });
const puts = () => secretsManager.commandCalls(PutSecretValueCommand).map(({ args: [{ input }] }) => input);

const run = () =>
  rotate({
    secret: relaySecretRotation(new SecretsManagerClient({ region: 'eu-central-1' }), ARN),
    registry: { list: async () => records },
    service: relayService(new ECSClient({ region: 'eu-central-1' }), 'Sotto-test', 'relay', () => NOW),
    now: () => NOW,
  })();

it('after a month there is a new secret first and the newest so far second, and then new relays', async () => {
  records = [knowing(NEWEST.id, OLDER.id)];
  await run();
  expect(commandsOf(secretsManager)).toEqual([
    ['GetSecretValueCommand', { SecretId: ARN }],
    [
      'PutSecretValueCommand',
      {
        SecretId: ARN,
        ClientRequestToken: createHash('sha256').update('version-1').digest('hex'),
        SecretString: expect.any(String),
      },
    ],
  ]);
  const [made, kept, ...others] = readRelaySecrets(puts()[0]?.SecretString);
  expect([kept, others]).toEqual([NEWEST, []]);
  expect(made?.id).not.toBe(NEWEST.id);
  expect(Buffer.from(made?.value ?? '', 'base64url')).toHaveLength(32);
  expect(commandsOf(ecs)).toEqual([['UpdateServiceCommand', REPLACEMENT]]);
});

it('no two secrets are alike', async () => {
  await run();
  await run();
  const made = puts().map(({ SecretString }) => readRelaySecrets(SecretString)[0]);
  expect(new Set(made.flatMap((secret) => [secret?.id, secret?.value])).size).toBe(4);
});

it('before that nothing happens', async () => {
  created(NOW - MONTH + 1);
  await run();
  expect(puts()).toEqual([]);
  expect(commandsOf(ecs)).toEqual([]);
});

it('a relay that does not know the newest secret is replaced first, and nothing is rotated', async () => {
  records = [knowing(NEWEST.id, OLDER.id), knowing(OLDER.id)];
  await run();
  expect(puts()).toEqual([]);
  expect(commandsOf(ecs)).toEqual([['UpdateServiceCommand', REPLACEMENT]]);
});

it.each<[string, Partial<RelayRecord>]>([
  ['draining', { state: 'draining' }],
  ['stale', { heartbeat: NOW - MINUTE }],
])('one that is %s is in nobody’s way', async (_case, change) => {
  records = [{ ...knowing(OLDER.id), ...change }];
  await run();
  expect(puts()).toHaveLength(1);
});

it('a second rotation at once changes nothing, and replaces no relay', async () => {
  const exists = new ResourceExistsException({ message: 'token', $metadata: {} });
  secretsManager.on(PutSecretValueCommand).rejects(exists);
  await run();
  expect(commandsOf(ecs)).toEqual([]);
});

it('nothing is replaced when the secret could not be put', async () => {
  secretsManager.on(PutSecretValueCommand).rejects(new Error('no'));
  await expect(run()).rejects.toThrow('no');
  expect(commandsOf(ecs)).toEqual([]);
});
