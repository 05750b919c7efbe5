import { BatchGetItemCommand, BatchWriteItemCommand } from '@aws-sdk/client-dynamodb';
import { beforeEach, expect, it } from 'vitest';
import { batchDelete, batchGet } from '../../../shared/store/batch.ts';
import { directory } from '../../../shared/store/directory.ts';
import { recordingClient } from './sent.ts';

const key = (name: string) => ({ id: { S: name } });

let client: ReturnType<typeof recordingClient>;
beforeEach(() => {
  client = recordingClient();
});

it('reads of several tables are one strong request; a key named twice is read once', async () => {
  client.stub.on(BatchGetItemCommand).resolves({ Responses: { One: [key('a')] } });
  const wanted = [
    { table: 'One', keys: [key('a'), key('a'), key('b')] },
    { table: 'Two', keys: [] },
  ];
  const found = await batchGet(client.dynamo, wanted);
  expect([found.get('One'), found.get('Two')]).toEqual([[key('a')], []]);
  expect(client.sent()).toEqual([
    { BatchGetItemCommand: { RequestItems: { One: { Keys: [key('a'), key('b')], ConsistentRead: true } } } },
  ]);
});

it('nothing wanted is nothing asked', async () => {
  await batchGet(client.dynamo, [{ table: 'One', keys: [] }]);
  await batchDelete(client.dynamo, 'One', []);
  expect(client.sent()).toEqual([]);
});

it('what a batch left is asked for again, strongly', async () => {
  client.stub
    .on(BatchGetItemCommand)
    .resolvesOnce({ Responses: { One: [key('a')] }, UnprocessedKeys: { One: { Keys: [key('b')] } } })
    .resolves({ Responses: { One: [key('b')] } });
  const found = await batchGet(client.dynamo, [{ table: 'One', keys: [key('a'), key('b')] }]);
  expect(found.get('One')).toEqual([key('a'), key('b')]);
  expect(client.sent()[1]).toEqual({
    BatchGetItemCommand: { RequestItems: { One: { Keys: [key('b')], ConsistentRead: true } } },
  });
});

it('a read that stays incomplete is no answer', async () => {
  client.stub.on(BatchGetItemCommand).resolves({ UnprocessedKeys: { One: { Keys: [key('a')] } } });
  const reading = batchGet(client.dynamo, [{ table: 'One', keys: [key('a')] }]);
  await expect(reading).rejects.toMatchObject({ name: 'UnavailableError' });
  expect(client.sent()).toHaveLength(5);
});

it('deletes go 25 to a request, and what was left goes again', async () => {
  const keys = Array.from({ length: 30 }, (_, i) => key(String(i)));
  const requests = keys.map((Key) => ({ DeleteRequest: { Key } }));
  const [last] = requests.slice(24);
  client.stub
    .on(BatchWriteItemCommand)
    .resolvesOnce({ UnprocessedItems: { One: last ? [last] : [] } })
    .resolves({});
  await batchDelete(client.dynamo, 'One', keys);
  expect(client.sent()).toEqual([
    { BatchWriteItemCommand: { RequestItems: { One: requests.slice(0, 25) } } },
    { BatchWriteItemCommand: { RequestItems: { One: requests.slice(25) } } },
    { BatchWriteItemCommand: { RequestItems: { One: [last] } } },
  ]);
});

it('the directory reads heads and presences in one request', async () => {
  const presence = { account: { S: 'a' }, device: { N: '1' }, registration: { N: '7' }, ticket: { N: '0' } };
  client.stub.on(BatchGetItemCommand).resolves({ Responses: { Connections: [presence] } });
  const tables = { deviceLists: 'DeviceLists', connections: 'Connections' };
  const store = directory(client.dynamo, tables, () => 0);
  const found = await store.read(['b'], [{ account: 'a', device: 1 }]);
  expect(found.head('b')).toBeUndefined();
  expect(found.presence({ account: 'a', device: 1 })).toMatchObject({ registration: 7 });
  expect(found.presence({ account: 'b', device: 1 })).toBeUndefined();
  expect(client.sent()).toEqual([
    {
      BatchGetItemCommand: {
        RequestItems: {
          DeviceLists: { Keys: [{ account: { S: 'b' }, entry: { S: 'head' } }], ConsistentRead: true },
          Connections: { Keys: [{ account: { S: 'a' }, device: { N: '1' } }], ConsistentRead: true },
        },
      },
    },
  ]);
});
