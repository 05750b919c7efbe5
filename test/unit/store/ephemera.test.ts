import {
  BatchGetItemCommand,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { frankingKeys } from '../../../shared/store/franking-keys.ts';
import { invites } from '../../../shared/store/invites.ts';
import { rateLimits } from '../../../shared/store/rate-limits.ts';
import { rendezvous } from '../../../shared/store/rendezvous.ts';
import { conditionFailed, recordingClient } from './sent.ts';

const NOW = 1_800_000_030_500;
const now = () => NOW;

let client: ReturnType<typeof recordingClient>;
beforeEach(() => {
  client = recordingClient();
});

describe('rate limits', () => {
  it('are one update of the counter of this window', async () => {
    client.stub.on(UpdateItemCommand).resolves({});
    expect(await rateLimits(client.dynamo, 'Ephemera', now).use('fetchFromOne', 'who', 3)).toBeUndefined();
    expect(client.sent()).toEqual([
      {
        UpdateItemCommand: {
          TableName: 'Ephemera',
          Key: { key: { S: 'rate#fetchFromOne#who' }, part: { S: '1800000000000' } },
          UpdateExpression: 'ADD #used :cost SET #expires = :expires',
          ConditionExpression: 'attribute_not_exists(#used) OR #used <= :room',
          ExpressionAttributeNames: { '#used': 'used', '#expires': 'expires' },
          ExpressionAttributeValues: { ':cost': { N: '3' }, ':room': { N: '37' }, ':expires': { N: '1800003600' } },
        },
      },
    ]);
  });

  it('say how long to wait', async () => {
    client.stub.on(UpdateItemCommand).rejects(conditionFailed());
    expect(await rateLimits(client.dynamo, 'Ephemera', now).use('send', 'who')).toBe(29_500);
  });
});

describe('rendezvous', () => {
  const ROOM = new Uint8Array(32);
  const KEY = { S: 'link#Zmh6rfhivXdsj8GLjp-OIAiXFIVu4jOzkCpZHQ1fKSU' };
  const place = (part: string, connection: string, expires: number) => ({
    key: KEY,
    part: { S: part },
    connection: { S: connection },
    expires: { N: String(expires) },
  });
  const read = {
    BatchGetItemCommand: {
      RequestItems: {
        Ephemera: {
          Keys: ['one', 'two'].map((part) => ({ key: KEY, part: { S: part } })),
          ConsistentRead: true,
        },
      },
    },
  };
  const put = (part: string) => ({
    PutItemCommand: {
      TableName: 'Ephemera',
      Item: place(part, 'me', 1_800_000_150),
      ConditionExpression: 'attribute_not_exists(#key) OR #expires <= :now',
      ExpressionAttributeNames: { '#key': 'key', '#expires': 'expires' },
      ExpressionAttributeValues: { ':now': { N: '1800000030' } },
    },
  });

  it('takes the first free place and reads who is there after it', async () => {
    client.stub.on(PutItemCommand).rejectsOnce(conditionFailed()).resolves({});
    const [one, two] = [place('one', 'peer', 1_800_000_100), place('two', 'me', 1_800_000_150)];
    client.stub
      .on(BatchGetItemCommand)
      .resolvesOnce({})
      .resolves({ Responses: { Ephemera: [one, two] } });
    const rooms = rendezvous(client.dynamo, 'Ephemera', now);
    expect(await rooms.enter(ROOM, 'me')).toEqual({ peer: 'peer', expires: 1_800_000_150_000 });
    expect(client.sent()).toEqual([read, put('one'), put('two'), read]);
  });

  it('does not see places that have expired', async () => {
    const items = [place('one', 'me', 1_800_000_100), place('two', 'peer', 1_800_000_030)];
    client.stub.on(BatchGetItemCommand).resolves({ Responses: { Ephemera: items } });
    expect(await rendezvous(client.dynamo, 'Ephemera', now).peer(ROOM, 'me')).toBeUndefined();
  });
});

describe('invites', () => {
  it.each([
    ['the next second', '1800000031', true],
    ['this second', '1800000030', false],
  ])('that expire in %s', async (_name, expires, valid) => {
    client.stub.on(GetItemCommand).resolves({ Item: { expires: { N: expires } } });
    expect(await invites(client.dynamo, 'Ephemera', now).isValid('code')).toBe(valid);
    const key = { S: 'invite#VpTQii5T_8rgwxA-Wtb2B2q9lg6x-KVldwQLwQKPcCs' };
    expect(client.sent()).toEqual([
      { GetItemCommand: { TableName: 'Ephemera', Key: { key, part: { S: 'invite' } }, ConsistentRead: true } },
    ]);
  });
});

it('an invite is issued by one put of its hash', async () => {
  client.stub.on(PutItemCommand).resolves({});
  await invites(client.dynamo, 'Ephemera', now).issue('code', NOW);
  const key = { S: 'invite#VpTQii5T_8rgwxA-Wtb2B2q9lg6x-KVldwQLwQKPcCs' };
  const item = { key, part: { S: 'invite' }, expires: { N: '1800000030' } };
  expect(client.sent()).toEqual([{ PutItemCommand: { TableName: 'Ephemera', Item: item } }]);
});

describe('franking keys', () => {
  const get = { GetItemCommand: { TableName: 'FrankingKeys', Key: { week: { N: '2976' } }, ConsistentRead: true } };
  const put = {
    PutItemCommand: {
      TableName: 'FrankingKeys',
      Item: { week: { N: '2976' }, key: { B: expect.any(Uint8Array) }, expires: { N: String((2976 + 8) * 604_800) } },
      ConditionExpression: 'attribute_not_exists(#week)',
      ExpressionAttributeNames: { '#week': 'week' },
    },
  };

  it('are read once by an environment', async () => {
    client.stub.on(GetItemCommand).resolves({ Item: { key: { B: Uint8Array.of(1) } } });
    const keys = frankingKeys(client.dynamo, 'FrankingKeys', now);
    expect([await keys.key(2976), await keys.key(2976)]).toEqual([Uint8Array.of(1), Uint8Array.of(1)]);
    expect(client.sent()).toEqual([get]);
  });

  it('are made when there is none; who comes second takes the first’s', async () => {
    client.stub
      .on(GetItemCommand)
      .resolvesOnce({})
      .resolves({ Item: { key: { B: Uint8Array.of(1) } } });
    client.stub.on(PutItemCommand).rejects(conditionFailed());
    expect(await frankingKeys(client.dynamo, 'FrankingKeys', now).key(2976)).toEqual(Uint8Array.of(1));
    expect(client.sent()).toEqual([get, put, get]);
  });

  it('of long ago are deleted one by one', async () => {
    client.stub.on(ScanCommand).resolves({ Items: [{ week: { N: '2968' } }] });
    client.stub.on(DeleteItemCommand).resolves({});
    await frankingKeys(client.dynamo, 'FrankingKeys', now).forgetOld();
    expect(client.sent()).toEqual([
      {
        ScanCommand: {
          TableName: 'FrankingKeys',
          FilterExpression: '#week < :oldest',
          ProjectionExpression: '#week',
          ExpressionAttributeNames: { '#week': 'week' },
          ExpressionAttributeValues: { ':oldest': { N: '2969' } },
          ConsistentRead: true,
        },
      },
      { DeleteItemCommand: { TableName: 'FrankingKeys', Key: { week: { N: '2968' } } } },
    ]);
  });
});
