import { GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { callClaims } from '../../../shared/store/call-claims.ts';
import { relayChoices } from '../../../shared/store/relay-choice.ts';
import { relayLeases } from '../../../shared/store/relay-leases.ts';
import { readRelaySecrets, relaySecrets } from '../../../shared/store/relay-secrets.ts';
import { turnCredentials, turnPassword } from '../../../shared/store/turn-credentials.ts';
import { conditionFailed, recordingClient } from './sent.ts';

const NOW = 1_800_000_030_500;
const now = () => NOW;
const CALL = new Uint8Array(16);
const CALL_TEXT = 'AAAAAAAAAAAAAAAAAAAAAA';

let client: ReturnType<typeof recordingClient>;
beforeEach(() => {
  client = recordingClient();
});

describe('claims', () => {
  const device = { account: 'an account', device: 2, registration: 77 };
  const put = {
    PutItemCommand: {
      TableName: 'Ephemera',
      Item: {
        key: { S: `claim#an account#${CALL_TEXT}` },
        part: { S: 'claim' },
        device: { N: '2' },
        registration: { N: '77' },
        expires: { N: '1800000150' },
      },
      ConditionExpression:
        'attribute_not_exists(#key) OR #expires <= :now OR (#device = :device AND #registration = :registration)',
      ExpressionAttributeNames: {
        '#key': 'key',
        '#expires': 'expires',
        '#device': 'device',
        '#registration': 'registration',
      },
      ExpressionAttributeValues: { ':now': { N: '1800000030' }, ':device': { N: '2' }, ':registration': { N: '77' } },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    },
  };

  it('are one put for two minutes, unless another has it', async () => {
    client.stub.on(PutItemCommand).resolves({});
    expect(await callClaims(client.dynamo, 'Ephemera', now).claim(CALL, device)).toEqual({ won: true, device: 2 });
    expect(client.sent()).toEqual([put]);
  });

  it('say who has the call', async () => {
    client.stub.on(PutItemCommand).rejects(conditionFailed({ device: { N: '5' } }));
    expect(await callClaims(client.dynamo, 'Ephemera', now).claim(CALL, device)).toEqual({ won: false, device: 5 });
  });
});

describe('choices', () => {
  const Key = { key: { S: `relay-choice#${CALL_TEXT}` }, part: { S: 'choice' } };
  const item = (expires: number, ...relays: string[]) => ({
    ...Key,
    relays: { L: relays.map((S) => ({ S })) },
    expires: { N: String(expires) },
  });
  const choices = () => relayChoices(client.dynamo, 'Ephemera', now);

  it.each([
    ['the next second', 1_800_000_031, { relays: ['a', 'b'], expires: 1_800_000_031_000 }],
    ['this second', 1_800_000_030, undefined],
  ])('that expire in %s', async (_name, expires, found) => {
    client.stub.on(GetItemCommand).resolves({ Item: item(expires, 'a', 'b') });
    expect(await choices().read(CALL)).toEqual(found);
    expect(client.sent()).toEqual([{ GetItemCommand: { TableName: 'Ephemera', Key, ConsistentRead: true } }]);
  });

  it('are put if there is none, for a quarter of an hour', async () => {
    client.stub.on(PutItemCommand).resolves({});
    const settled = { relays: ['a'], expires: 1_800_000_930_000 };
    expect(await choices().settle(CALL, undefined, ['a'])).toEqual(settled);
    expect(client.sent()).toEqual([
      {
        PutItemCommand: {
          TableName: 'Ephemera',
          Item: item(1_800_000_930, 'a'),
          ConditionExpression: 'attribute_not_exists(#key) OR #expires <= :now',
          ExpressionAttributeNames: { '#key': 'key', '#expires': 'expires' },
          ExpressionAttributeValues: { ':now': { N: '1800000030' } },
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        },
      },
    ]);
  });

  it('are replaced if they still are what was read; otherwise the other’s stands', async () => {
    client.stub.on(PutItemCommand).rejects(conditionFailed(item(1_800_000_900, 'c')));
    const theirs = { relays: ['c'], expires: 1_800_000_900_000 };
    expect(await choices().settle(CALL, ['a'], ['b'])).toEqual(theirs);
    expect(client.sent()).toEqual([
      {
        PutItemCommand: {
          TableName: 'Ephemera',
          Item: item(1_800_000_930, 'b'),
          ConditionExpression: '#relays = :previous',
          ExpressionAttributeNames: { '#relays': 'relays' },
          ExpressionAttributeValues: { ':previous': { L: [{ S: 'a' }] } },
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        },
      },
    ]);
  });

  it('that have vanished are none', async () => {
    client.stub.on(PutItemCommand).rejects(conditionFailed());
    expect(await choices().settle(CALL, ['a'], ['b'])).toBeUndefined();
  });
});

describe('leases', () => {
  it('are one put each', async () => {
    client.stub.on(PutItemCommand).resolves({});
    await relayLeases(client.dynamo, 'Ephemera', now).renew('relay-1', 'a connection');
    const Item = { key: { S: 'lease#relay-1' }, part: { S: 'a connection' }, expires: { N: '1800000930' } };
    expect(client.sent()).toEqual([{ PutItemCommand: { TableName: 'Ephemera', Item } }]);
  });

  it('are found page by page, without those that have expired', async () => {
    const LastEvaluatedKey = { key: { S: 'lease#relay-1' }, part: { S: 'one' } };
    client.stub
      .on(QueryCommand)
      .resolvesOnce({ Items: [{ part: { S: 'one' } }], LastEvaluatedKey })
      .resolves({ Items: [{ part: { S: 'two' } }] });
    expect(await relayLeases(client.dynamo, 'Ephemera', now).holders('relay-1')).toEqual(['one', 'two']);
    const query = {
      TableName: 'Ephemera',
      KeyConditionExpression: '#key = :key',
      FilterExpression: '#expires > :now',
      ProjectionExpression: '#part',
      ExpressionAttributeNames: { '#key': 'key', '#part': 'part', '#expires': 'expires' },
      ExpressionAttributeValues: { ':key': { S: 'lease#relay-1' }, ':now': { N: '1800000030' } },
      ConsistentRead: true,
    };
    expect(client.sent()).toEqual([
      { QueryCommand: query },
      { QueryCommand: { ...query, ExclusiveStartKey: LastEvaluatedKey } },
    ]);
  });
});

describe('the secrets of relays', () => {
  const value = 'x'.repeat(43);
  const text = JSON.stringify({ secrets: [{ id: '0a0b0c0d', value }] });

  it('are read once in five minutes', async () => {
    const manager = new SecretsManagerClient({ region: 'eu-central-1' });
    const stub = mockClient(manager).on(GetSecretValueCommand).resolves({ SecretString: text });
    let time = NOW;
    const secrets = relaySecrets(manager, 'an arn', () => time);
    expect(await secrets.list()).toEqual([{ id: '0a0b0c0d', value }]);
    time += 299_999;
    await secrets.list();
    expect(stub.calls().map(({ args: [command] }) => command.input)).toEqual([{ SecretId: 'an arn' }]);
    time += 1;
    await secrets.list();
    expect(stub.calls()).toHaveLength(2);
  });

  it('are one or two, or the flat one that the template makes', () => {
    const two = ['0a0b0c0d', '00000000'].map((id) => ({ id, value }));
    expect(readRelaySecrets(JSON.stringify({ secrets: two }))).toEqual(two);
    expect(readRelaySecrets(JSON.stringify(two[1]))).toEqual([two[1]]);
  });

  it.each([
    ['nothing', undefined],
    ['no JSON', `{"id":"0a0b0c0d","value":"${value}"`],
    ['none', '{"secrets":[]}'],
    ['three', JSON.stringify({ secrets: Array(3).fill({ id: '0a0b0c0d', value }) })],
    ['an id of another form', JSON.stringify({ id: '0A0B0C0D', value })],
    ['a value that is too short', JSON.stringify({ id: '0a0b0c0d', value: 'short-secret' })],
    [
      'a value that would end a line of a configuration',
      JSON.stringify({ id: '0a0b0c0d', value: `${value}\nno-auth` }),
    ],
  ])('%s are refused, and the error says nothing of them', (_name, wrong) => {
    expect(() => readRelaySecrets(wrong)).toThrow(/^the relay secret is not of its form$/);
  });
});

it('credentials are the base64 of HMAC-SHA-1 over their own end and 16 random bytes', () => {
  const one = turnCredentials('secret', NOW);
  expect(one.expires).toBe(1_800_000_630_000);
  expect(one.username).toMatch(/^1800000630:[A-Za-z0-9_-]{22}$/);
  expect(one.password).toBe(turnPassword('secret', one.username));
  expect(turnCredentials('secret', NOW).username).not.toBe(one.username);
  // As `openssl dgst -sha1 -hmac secret -binary | base64` has it.
  expect(turnPassword('secret', '1800000630:AAAAAAAAAAAAAAAAAAAAAA')).toBe('jW4kFhrWsb9/FWmQp6kEqoV2Arw=');
});
