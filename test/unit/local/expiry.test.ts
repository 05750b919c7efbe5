import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, expect, it } from 'vitest';
import { startExpiry } from '../../../local/dynamodb/expiry.ts';
import type { TableSpec } from '../../../local/template/tables.ts';
import { eventually } from '../../support/eventually.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const clock = new ManualClock(1_000_000_000);
const table: TableSpec = {
  logicalId: 'Mail',
  name: 'Mail',
  arn: '',
  keySchema: [
    { AttributeName: 'owner', KeyType: 'HASH' },
    { AttributeName: 'part', KeyType: 'RANGE' },
  ],
  attributes: [],
  expiryAttribute: 'expires',
};
const database = mockClient(DynamoDBClient);
afterEach(() => database.reset());

const keyOf = (part: string) => ({ owner: { S: 'alice' }, part: { S: part } });

it('deletes each expired item by its key, unless a writer has given it a later time since it was seen', async () => {
  const item = (part: string) => ({ ...keyOf(part), expires: { N: '1' }, text: { S: 'secret' } });
  database
    .on(ScanCommand)
    .resolvesOnce({ Items: [item('rewritten')], LastEvaluatedKey: keyOf('rewritten') })
    .resolves({ Items: [item('second')] });
  database
    .on(DeleteItemCommand)
    .rejectsOnce(new ConditionalCheckFailedException({ message: '', $metadata: {} }))
    .resolves({});
  const logged: string[] = [];
  const stop = startExpiry(new DynamoDBClient({}), [table], clock, (text) => logged.push(text));
  clock.advance(60_000);
  await eventually(() => database.commandCalls(DeleteItemCommand)).toHaveLength(2);
  stop();

  // Sixty seconds late at the least: at 1,000,060 s, what had expired before 1,000,000 s.
  const expired = {
    ExpressionAttributeNames: { '#expires': 'expires' },
    ExpressionAttributeValues: { ':now': { N: '1000000' } },
  };
  expect(database.commandCalls(ScanCommand).map(({ args }) => args[0].input)).toEqual([
    { TableName: 'Mail', FilterExpression: '#expires < :now', ExclusiveStartKey: undefined, ...expired },
    { TableName: 'Mail', FilterExpression: '#expires < :now', ExclusiveStartKey: keyOf('rewritten'), ...expired },
  ]);
  expect(database.commandCalls(DeleteItemCommand).map(({ args }) => args[0].input)).toEqual(
    ['rewritten', 'second'].map((part) => ({
      TableName: 'Mail',
      Key: keyOf(part),
      ConditionExpression: '#expires < :now',
      ...expired,
    })),
  );
  expect(logged).toEqual([]);
});

it('leaves tables without an expiry alone', async () => {
  const { expiryAttribute: _none, ...plain } = table;
  database.on(ScanCommand).resolves({ Items: [] });
  const stop = startExpiry(new DynamoDBClient({}), [plain, table], clock, () => {});
  clock.advance(60_000);
  await eventually(() => database.commandCalls(ScanCommand)).toHaveLength(1);
  stop();
});
