import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { type Clock, repeat } from '../clock.ts';
import type { TableSpec } from '../template/tables.ts';

/** Between two sweeps, milliseconds. */
const PERIOD = 60_000;

/** So long after its time an item is left lying, seconds. DynamoDB may take days: readers must not rely on the sweep. */
const LATENESS = 60;

/** Deletes expired items now and then, as DynamoDB's TTL does. The function returned stops that. */
export function startExpiry(
  client: DynamoDBClient,
  tables: readonly TableSpec[],
  clock: Clock,
  log: (text: string) => void,
): () => void {
  return repeat(clock, PERIOD, async () => {
    try {
      for (const table of tables) await sweep(client, table, clock);
    } catch (error) {
      log(`expired items could not be deleted: ${String(error)}\n`);
    }
  });
}

async function sweep(client: DynamoDBClient, table: TableSpec, clock: Clock): Promise<void> {
  if (table.expiryAttribute === undefined) return;
  const expired = {
    ExpressionAttributeNames: { '#expires': table.expiryAttribute },
    ExpressionAttributeValues: { ':now': { N: String(Math.floor(clock.now() / 1000) - LATENESS) } },
  };
  let start: Record<string, AttributeValue> | undefined;
  do {
    const page = await client.send(
      new ScanCommand({
        TableName: table.name,
        FilterExpression: '#expires < :now',
        ExclusiveStartKey: start,
        ...expired,
      }),
    );
    for (const item of page.Items ?? []) await remove(client, table, item, expired);
    start = page.LastEvaluatedKey;
  } while (start);
}

type Expired = Pick<DeleteItemCommand['input'], 'ExpressionAttributeNames' | 'ExpressionAttributeValues'>;

async function remove(
  client: DynamoDBClient,
  table: TableSpec,
  item: Record<string, AttributeValue>,
  expired: Expired,
): Promise<void> {
  const Key = Object.fromEntries(
    Object.entries(item).filter(([name]) => table.keySchema.some((key) => key.AttributeName === name)),
  );
  try {
    // Closes the race with a writer that has given the item a later time since the scan.
    await client.send(
      new DeleteItemCommand({ TableName: table.name, Key, ConditionExpression: '#expires < :now', ...expired }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}
