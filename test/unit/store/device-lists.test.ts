import { GetItemCommand, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { beforeEach, expect, it } from 'vitest';
import { deviceLists } from '../../../shared/store/device-lists.ts';
import { conditionFailed, recordingClient } from './sent.ts';

const KEY = { account: { S: 'a' }, entry: { S: 'head' } };
const HASH = Uint8Array.of(1);

let client: ReturnType<typeof recordingClient>;
let store: ReturnType<typeof deviceLists>;
beforeEach(() => {
  client = recordingClient();
  store = deviceLists(client.dynamo, 'DeviceLists');
});

it('head and list are strong reads of one item', async () => {
  client.stub.on(GetItemCommand).resolves({});
  expect(await store.head('a')).toBeUndefined();
  expect(await store.list('a', 12)).toBeUndefined();
  const entry = { S: 'list#00000012' };
  expect(client.sent()).toEqual([
    { GetItemCommand: { TableName: 'DeviceLists', Key: KEY, ConsistentRead: true } },
    { GetItemCommand: { TableName: 'DeviceLists', Key: { ...KEY, entry }, ConsistentRead: true } },
  ]);
});

it('listsAfter is one strong query of exactly the wanted sequences', async () => {
  client.stub.on(QueryCommand).resolves({ Items: [] });
  await store.listsAfter('a', 9, 3);
  expect(await store.listsAfter('a', 9, 0)).toEqual([]);
  expect(client.sent()).toEqual([
    {
      QueryCommand: {
        TableName: 'DeviceLists',
        KeyConditionExpression: '#account = :account AND #entry BETWEEN :first AND :last',
        ExpressionAttributeNames: { '#account': 'account', '#entry': 'entry' },
        ExpressionAttributeValues: {
          ':account': { S: 'a' },
          ':first': { S: 'list#00000010' },
          ':last': { S: 'list#00000012' },
        },
        ConsistentRead: true,
      },
    },
  ]);
});

it('confirm keeps a statement for this list if none later is kept', async () => {
  client.stub.on(UpdateItemCommand).resolvesOnce({}).rejects(conditionFailed());
  const fresh = { time: 5, signature: Uint8Array.of(2) };
  expect(await store.confirm('a', HASH, fresh)).toBe(true);
  expect(await store.confirm('a', HASH, fresh)).toBe(false);
  expect(client.sent()[0]).toEqual({
    UpdateItemCommand: {
      TableName: 'DeviceLists',
      Key: KEY,
      UpdateExpression: 'SET #fresh = :fresh',
      ConditionExpression: '#hash = :hash AND (attribute_not_exists(#fresh) OR #fresh.#time <= :time)',
      ExpressionAttributeNames: { '#fresh': 'fresh', '#hash': 'hash', '#time': 'time' },
      ExpressionAttributeValues: {
        ':fresh': { M: { time: { N: '5' }, signature: { B: Uint8Array.of(2) } } },
        ':hash': { B: HASH },
        ':time': { N: '5' },
      },
    },
  });
});

it('replaceTokens replaces them while this list is current', async () => {
  client.stub.on(UpdateItemCommand).resolvesOnce({}).rejects(conditionFailed());
  expect(await store.replaceTokens('a', HASH, [Uint8Array.of(7)])).toBe(true);
  expect(await store.replaceTokens('a', HASH, [])).toBe(false);
  expect(client.sent()[0]).toEqual({
    UpdateItemCommand: {
      TableName: 'DeviceLists',
      Key: KEY,
      UpdateExpression: 'SET #tokens = :tokens',
      ConditionExpression: '#hash = :hash',
      ExpressionAttributeNames: { '#tokens': 'tokens', '#hash': 'hash' },
      ExpressionAttributeValues: { ':tokens': { L: [{ B: Uint8Array.of(7) }] }, ':hash': { B: HASH } },
    },
  });
});

it('a single write that collides with a transaction is tried again', async () => {
  const collision = Object.assign(new Error('collided'), { name: 'TransactionConflictException' });
  client.stub.on(UpdateItemCommand).rejectsOnce(collision).resolves({});
  expect(await store.replaceTokens('a', HASH, [])).toBe(true);
  expect(client.sent()).toHaveLength(2);
});

it('an item that this code cannot have written is a defect that names the attribute only', async () => {
  client.stub.on(GetItemCommand).resolves({ Item: { ...KEY, sequence: { S: 'secret' } } });
  await expect(store.head('a')).rejects.toThrow('attribute sequence');
});
