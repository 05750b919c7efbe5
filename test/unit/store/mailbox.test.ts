import { BatchWriteItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { beforeEach, expect, it } from 'vitest';
import { type Mail, mailbox } from '../../../shared/store/mailbox.ts';
import { conditionFailed, recordingClient } from './sent.ts';

const NOW = 1_800_000_000_999;
const DEVICE = { account: 'a', device: 2, registration: 7 };
const MAIL: Mail = {
  message: 'm1',
  sender: 's',
  senderDevice: 3,
  type: 3,
  ciphertext: Uint8Array.of(1),
  commitment: Uint8Array.of(2),
  stamp: Uint8Array.of(3),
  week: 4,
  received: 5,
  urgent: true,
  expires: 6,
};
const KEY = { device: { S: 'a#2#7' }, message: { S: 'm1#s#3' } };
const ITEM = {
  ...KEY,
  sender: { S: 's' },
  senderDevice: { N: '3' },
  type: { N: '3' },
  ciphertext: { B: Uint8Array.of(1) },
  commitment: { B: Uint8Array.of(2) },
  stamp: { B: Uint8Array.of(3) },
  week: { N: '4' },
  received: { N: '5' },
  urgent: { BOOL: true },
  expires: { N: '6' },
};

let client: ReturnType<typeof recordingClient>;
let store: ReturnType<typeof mailbox>;
beforeEach(() => {
  client = recordingClient();
  store = mailbox(client.dynamo, 'Mailbox', () => NOW);
});

it('put is one put if nothing that still lives is there', async () => {
  client.stub.on(PutItemCommand).resolves({});
  expect(await store.put(DEVICE, MAIL)).toEqual(MAIL);
  expect(client.sent()).toEqual([
    {
      PutItemCommand: {
        TableName: 'Mailbox',
        Item: ITEM,
        ConditionExpression: 'attribute_not_exists(#message) OR #expires <= :now',
        ExpressionAttributeNames: { '#message': 'message', '#expires': 'expires' },
        ExpressionAttributeValues: { ':now': { N: '1800000000' } },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
    },
  ]);
});

it('put returns the copy that was there', async () => {
  client.stub.on(PutItemCommand).rejects(conditionFailed({ ...ITEM, stamp: { B: Uint8Array.of(9) } }));
  expect(await store.put(DEVICE, MAIL)).toEqual({ ...MAIL, stamp: Uint8Array.of(9) });
});

it('page is one strong query of 25, without what has expired', async () => {
  client.stub.on(QueryCommand).resolves({ Items: [ITEM], LastEvaluatedKey: KEY });
  expect(await store.page(DEVICE, 'm0#s#1')).toEqual({ mail: [MAIL], next: 'm1#s#3' });
  expect(client.sent()).toEqual([
    {
      QueryCommand: {
        TableName: 'Mailbox',
        KeyConditionExpression: '#device = :device AND #message > :after',
        FilterExpression: '#expires > :now',
        ExpressionAttributeNames: { '#device': 'device', '#message': 'message', '#expires': 'expires' },
        ExpressionAttributeValues: {
          ':device': { S: 'a#2#7' },
          ':after': { S: 'm0#s#1' },
          ':now': { N: '1800000000' },
        },
        Limit: 25,
        ConsistentRead: true,
      },
    },
  ]);
});

it('remove is one batch of exact keys', async () => {
  client.stub.on(BatchWriteItemCommand).resolves({});
  await store.remove(DEVICE, [MAIL, { message: 'm2', sender: 's', senderDevice: 1 }]);
  expect(client.sent()).toEqual([
    {
      BatchWriteItemCommand: {
        RequestItems: {
          Mailbox: [
            { DeleteRequest: { Key: KEY } },
            { DeleteRequest: { Key: { device: { S: 'a#2#7' }, message: { S: 'm2#s#1' } } } },
          ],
        },
      },
    },
  ]);
});

it('removeAll reads the keys strongly, page by page, and deletes them', async () => {
  client.stub.on(BatchWriteItemCommand).resolves({});
  client.stub
    .on(QueryCommand)
    .resolvesOnce({ Items: [KEY], LastEvaluatedKey: KEY })
    .resolves({ Items: [] });
  await store.removeAll(DEVICE);
  const query = {
    TableName: 'Mailbox',
    KeyConditionExpression: '#partition = :partition',
    ProjectionExpression: '#partition, #sort',
    ExpressionAttributeNames: { '#partition': 'device', '#sort': 'message' },
    ExpressionAttributeValues: { ':partition': { S: 'a#2#7' } },
    ConsistentRead: true,
  };
  expect(client.sent()).toEqual([
    { QueryCommand: query },
    { BatchWriteItemCommand: { RequestItems: { Mailbox: [{ DeleteRequest: { Key: KEY } }] } } },
    { QueryCommand: { ...query, ExclusiveStartKey: KEY } },
  ]);
});
