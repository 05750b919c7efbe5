import { GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { beforeEach, expect, it } from 'vitest';
import { admission, connections, expulsion } from '../../../shared/store/connections.ts';
import { conditionFailed, recordingClient } from './sent.ts';

const NOW = 1_800_000_000_000;
const DEVICE = { account: 'a', device: 2, registration: 7 };
const KEY = { account: { S: 'a' }, device: { N: '2' } };
const SOCKET = { connection: 'c1', connectedAt: NOW };

let client: ReturnType<typeof recordingClient>;
let store: ReturnType<typeof connections>;
beforeEach(() => {
  client = recordingClient();
  store = connections(client.dynamo, 'Connections', () => NOW);
});

it('open is one update under the condition of membership, registration and ticket', async () => {
  client.stub.on(UpdateItemCommand).resolves({});
  expect(await store.open(DEVICE, 9, SOCKET)).toBe(true);
  expect(client.sent()).toEqual([
    {
      UpdateItemCommand: {
        TableName: 'Connections',
        Key: KEY,
        UpdateExpression: 'SET #connection = :connection, #ticket = :ticket, #connectedAt = :connectedAt',
        ConditionExpression: 'attribute_exists(#account) AND #registration = :registration AND #ticket < :ticket',
        ExpressionAttributeNames: {
          '#account': 'account',
          '#registration': 'registration',
          '#connection': 'connection',
          '#ticket': 'ticket',
          '#connectedAt': 'connectedAt',
        },
        ExpressionAttributeValues: {
          ':registration': { N: '7' },
          ':connection': { S: 'c1' },
          ':ticket': { N: '9' },
          ':connectedAt': { N: String(NOW) },
        },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
    },
  ]);
});

it.each([
  ['nothing is there', undefined, false],
  ['another socket is there', { connection: { S: 'c2' } }, false],
  ['this socket is there: the answer of an earlier attempt was lost', { connection: { S: 'c1' } }, true],
])('open that is refused while %s', async (_name, item, opened) => {
  client.stub.on(UpdateItemCommand).rejects(conditionFailed(item));
  expect(await store.open(DEVICE, 9, SOCKET)).toBe(opened);
});

it('close removes the socket only if it is this one', async () => {
  client.stub.on(UpdateItemCommand).rejects(conditionFailed());
  await store.close('a', 2, 'c1');
  expect(client.sent()).toEqual([
    {
      UpdateItemCommand: {
        TableName: 'Connections',
        Key: KEY,
        UpdateExpression: 'REMOVE #connection, #connectedAt',
        ConditionExpression: '#connection = :connection',
        ExpressionAttributeNames: { '#connection': 'connection', '#connectedAt': 'connectedAt' },
        ExpressionAttributeValues: { ':connection': { S: 'c1' } },
      },
    },
  ]);
});

it('read is strong', async () => {
  const item = {
    ...KEY,
    registration: { N: '7' },
    ticket: { N: '3' },
    connection: { S: 'c' },
    connectedAt: { N: '5' },
  };
  client.stub.on(GetItemCommand).resolves({ Item: { ...item, connectedAt: { N: String(NOW - 1) } } });
  expect(await store.read('a', 2)).toEqual({ ...DEVICE, ticket: 3, socket: { connection: 'c', connectedAt: NOW - 1 } });
  expect(client.sent()).toEqual([{ GetItemCommand: { TableName: 'Connections', Key: KEY, ConsistentRead: true } }]);
});

it('admission puts an item with ticket 0 that must not be there; expulsion deletes it', () => {
  expect(admission('Connections', DEVICE)).toEqual({
    Put: {
      TableName: 'Connections',
      Item: { ...KEY, registration: { N: '7' }, ticket: { N: '0' } },
      ConditionExpression: 'attribute_not_exists(#account)',
      ExpressionAttributeNames: { '#account': 'account' },
    },
  });
  expect(expulsion('Connections', DEVICE)).toEqual({ Delete: { TableName: 'Connections', Key: KEY } });
});
