import { BatchGetItemCommand, BatchWriteItemCommand, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { beforeEach, expect, it } from 'vitest';
import { preKeyPages } from '../../../shared/store/prekey-pages.ts';
import { preKeys, standingKeyWrites } from '../../../shared/store/prekeys.ts';
import { conditionFailed, recordingClient } from './sent.ts';

const DEVICE = { account: 'a', device: 2, registration: 7 };
const P = { S: 'a#2#7' };
const part = (name: string) => ({ device: P, part: { S: name } });
const signedKey = (id: number) => ({ id, key: Uint8Array.of(id), signature: Uint8Array.of(id, id) });
const signedItem = (name: string, id: number) => ({
  ...part(name),
  id: { N: String(id) },
  key: { B: Uint8Array.of(id) },
  signature: { B: Uint8Array.of(id, id) },
});
const cursor = (page: number, count: number, next: number) => ({
  page: { N: String(page) },
  count: { N: String(count) },
  next: { N: String(next) },
});
const EC_FRAME = {
  ...part('ec#0000000000000005#00100'),
  keys: { L: [1, 2, 3].map((id) => ({ M: { id: { N: String(id) }, key: { B: Uint8Array.of(id) } } })) },
};

const increment = (kind: string) => ({
  UpdateItemCommand: {
    TableName: 'PreKeys',
    Key: part(`cursor#${kind}`),
    UpdateExpression: 'ADD #next :one',
    ConditionExpression: 'attribute_exists(#device)',
    ExpressionAttributeNames: { '#next': 'next', '#device': 'device' },
    ExpressionAttributeValues: { ':one': { N: '1' } },
    ReturnValues: 'ALL_NEW',
  },
});

let client: ReturnType<typeof recordingClient>;
let keys: ReturnType<typeof preKeys>;
let pages: ReturnType<typeof preKeyPages>;
beforeEach(() => {
  client = recordingClient();
  keys = preKeys(client.dynamo, 'PreKeys');
  pages = preKeyPages(client.dynamo, 'PreKeys');
});

it('take is one increment of each cursor and one strong batch read of the keys that it points at', async () => {
  client.stub.on(UpdateItemCommand, { Key: part('cursor#ec') }).resolves({ Attributes: cursor(5, 103, 102) });
  client.stub.on(UpdateItemCommand, { Key: part('cursor#kem') }).resolves({ Attributes: cursor(6, 9, 4) });
  const items = [signedItem('signed', 8), signedItem('last-resort', 9), signedItem('kem#0000000000000006#00003', 4)];
  client.stub.on(BatchGetItemCommand).resolves({ Responses: { PreKeys: [...items, EC_FRAME] } });

  expect(await keys.take([DEVICE])).toEqual([
    {
      signed: signedKey(8),
      kem: signedKey(4),
      lastResort: false,
      ec: { id: 2, key: Uint8Array.of(2) },
      left: { ec: 1, kem: 5 },
    },
  ]);
  expect(client.sent()).toEqual([
    increment('ec'),
    increment('kem'),
    {
      BatchGetItemCommand: {
        RequestItems: {
          PreKeys: {
            Keys: [
              part('signed'),
              part('last-resort'),
              part('ec#0000000000000005#00100'),
              part('kem#0000000000000006#00003'),
            ],
            ConsistentRead: true,
          },
        },
      },
    },
  ]);
});

it.each([
  ['exhausted', () => client.stub.on(UpdateItemCommand).resolves({ Attributes: cursor(5, 3, 4) })],
  ['not there', () => client.stub.on(UpdateItemCommand).rejects(conditionFailed())],
])('take of a device whose one-time keys are %s reads the standing keys only', async (_name, prepare) => {
  prepare();
  const items = [signedItem('signed', 8), signedItem('last-resort', 9)];
  client.stub.on(BatchGetItemCommand).resolves({ Responses: { PreKeys: items } });
  expect(await keys.take([DEVICE])).toEqual([
    { signed: signedKey(8), kem: signedKey(9), lastResort: true, left: { ec: 0, kem: 0 } },
  ]);
  const Keys = [part('signed'), part('last-resort')];
  expect(client.sent().at(-1)).toEqual({
    BatchGetItemCommand: { RequestItems: { PreKeys: { Keys, ConsistentRead: true } } },
  });
});

it('take serves the others when one device’s cursor is throttled; a defect is thrown', async () => {
  const other = { ...DEVICE, device: 3 };
  client.stub.on(UpdateItemCommand).rejects(conditionFailed());
  const throttled = Object.assign(new Error('slow down'), { name: 'ThrottlingException' });
  client.stub.on(UpdateItemCommand, { Key: part('cursor#ec') }).rejects(throttled);
  const items = ['signed', 'last-resort'].map((name) => ({ ...signedItem(name, 1), device: { S: 'a#3#7' } }));
  client.stub.on(BatchGetItemCommand).resolves({ Responses: { PreKeys: items } });
  const [first, second] = await keys.take([DEVICE, other]);
  expect([first, second?.signed]).toEqual([undefined, signedKey(1)]);
  const denied = Object.assign(new Error('no'), { name: 'AccessDeniedException' });
  client.stub.on(UpdateItemCommand, { Key: part('cursor#ec') }).rejects(denied);
  await expect(keys.take([DEVICE, other])).rejects.toThrow(denied);
});

it('publish swaps the cursor only to a higher page, and then deletes below the previous one', async () => {
  const between = { ':first': { S: 'ec#0000000000000000' }, ':before': { S: 'ec#0000000000000004' } };
  client.stub.on(UpdateItemCommand).resolves({ Attributes: cursor(4, 10, 3) });
  client.stub.on(QueryCommand).resolves({ Items: [part('ec#0000000000000003#00000')] });
  client.stub.on(BatchWriteItemCommand).resolves({});
  expect(await pages.publish(DEVICE, 'ec', 5, 103)).toBe(true);
  expect(client.sent()).toEqual([
    {
      UpdateItemCommand: {
        TableName: 'PreKeys',
        Key: part('cursor#ec'),
        UpdateExpression: 'SET #page = :page, #count = :count, #next = :zero',
        ConditionExpression: 'attribute_not_exists(#page) OR #page < :page',
        ExpressionAttributeNames: { '#page': 'page', '#count': 'count', '#next': 'next' },
        ExpressionAttributeValues: { ':page': { N: '5' }, ':count': { N: '103' }, ':zero': { N: '0' } },
        ReturnValues: 'ALL_OLD',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
    },
    {
      QueryCommand: {
        TableName: 'PreKeys',
        KeyConditionExpression: '#partition = :partition AND #sort BETWEEN :first AND :before',
        ProjectionExpression: '#partition, #sort',
        ExpressionAttributeNames: { '#partition': 'device', '#sort': 'part' },
        ExpressionAttributeValues: { ':partition': P, ...between },
        ConsistentRead: true,
      },
    },
    {
      BatchWriteItemCommand: {
        RequestItems: { PreKeys: [{ DeleteRequest: { Key: part('ec#0000000000000003#00000') } }] },
      },
    },
  ]);
});

it.each([
  ['the same page', 5, true],
  ['a higher one', 6, false],
])('publish finds %s published', async (_name, published, answer) => {
  client.stub.on(UpdateItemCommand).rejects(conditionFailed(cursor(published, 1, 1)));
  expect(await pages.publish(DEVICE, 'kem', 5, 1)).toBe(answer);
  expect(client.sent()).toHaveLength(1);
});

it('a frame of EC keys is one item, of Kyber keys one item a key', async () => {
  client.stub.on(BatchWriteItemCommand).resolves({});
  const key = { id: 1, key: Uint8Array.of(1) };
  await pages.put(DEVICE, { kind: 'ec', page: 5, from: 100, keys: [key] });
  await pages.put(DEVICE, { kind: 'kem', page: 5, from: 12, keys: [signedKey(3), signedKey(4)] });
  const entry = { M: { id: { N: '1' }, key: { B: Uint8Array.of(1) } } };
  const put = (Item: object) => ({ PutRequest: { Item } });
  expect(client.sent()).toEqual([
    {
      BatchWriteItemCommand: {
        RequestItems: { PreKeys: [put({ ...part('ec#0000000000000005#00100'), keys: { L: [entry] } })] },
      },
    },
    {
      BatchWriteItemCommand: {
        RequestItems: {
          PreKeys: [put(signedItem('kem#0000000000000005#00012', 3)), put(signedItem('kem#0000000000000005#00013', 4))],
        },
      },
    },
  ]);
});

it('completeness is asked of the table strongly', async () => {
  client.stub.on(QueryCommand).resolves({ Items: [EC_FRAME] });
  const frame = { kind: 'ec' as const, page: 5, from: 0, keys: Array(100).fill({ id: 1, key: Uint8Array.of(1) }) };
  expect(await pages.isComplete(DEVICE, frame, 103)).toBe(true);
  expect(await pages.isComplete(DEVICE, frame, 104)).toBe(false);
  expect(client.sent()[0]).toEqual({
    QueryCommand: {
      TableName: 'PreKeys',
      KeyConditionExpression: '#device = :device AND begins_with(#part, :page)',
      ProjectionExpression: '#part, #keys',
      ExpressionAttributeNames: { '#device': 'device', '#part': 'part', '#keys': 'keys' },
      ExpressionAttributeValues: { ':device': P, ':page': { S: 'ec#0000000000000005' } },
      ConsistentRead: true,
    },
  });
});

it('standing keys are put in the publication’s transaction', () => {
  expect(standingKeyWrites('PreKeys', DEVICE, { signed: signedKey(1), lastResort: signedKey(2) })).toEqual([
    { Put: { TableName: 'PreKeys', Item: signedItem('signed', 1) } },
    { Put: { TableName: 'PreKeys', Item: signedItem('last-resort', 2) } },
  ]);
});
