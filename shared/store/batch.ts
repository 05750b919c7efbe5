import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  type DynamoDBClient,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import type { Item } from './items.ts';
import { UnavailableError, withRetries } from './retry.ts';

/** DynamoDB's limit of one BatchWriteItem. */
const WRITES_PER_BATCH = 25;
/** Batches under way at once: enough to hide the latency, few enough not to be throttled by one partition. */
const PARALLEL_BATCHES = 4;

export interface Wanted {
  readonly table: string;
  readonly keys: readonly Item[];
}

/**
 * Reads items of several tables strongly in one request; keys named twice are read once. At most 100 different keys (DynamoDB's limit),
 * which the callers' own bounds keep. Items come in any order; what does not exist is left out.
 *
 * @throws UnavailableError when keys stay unprocessed: an answer is whole or it is none
 */
export async function batchGet(dynamo: DynamoDBClient, wanted: readonly Wanted[]): Promise<Map<string, Item[]>> {
  const found = new Map(wanted.map(({ table }) => [table, [] as Item[]]));
  let left = Object.fromEntries(
    wanted
      .filter(({ keys }) => keys.length > 0)
      .map(({ table, keys }) => [table, { Keys: distinct(keys), ConsistentRead: true }]),
  );
  if (Object.keys(left).length === 0) return found;
  await untilDone(async () => {
    const { Responses = {}, UnprocessedKeys = {} } = await dynamo.send(new BatchGetItemCommand({ RequestItems: left }));
    for (const [table, items] of Object.entries(Responses)) found.get(table)?.push(...items);
    left = Object.fromEntries(
      Object.entries(UnprocessedKeys).map(([table, { Keys = [] }]) => [table, { Keys, ConsistentRead: true }]),
    );
    return Object.keys(left).length === 0;
  });
  return found;
}

/** Deletes exactly these items, 25 a request. Keys must differ. @throws UnavailableError when some stay unprocessed */
export function batchDelete(dynamo: DynamoDBClient, table: string, keys: readonly Item[]): Promise<void> {
  return batchWrite(
    dynamo,
    table,
    keys.map((key) => ({ DeleteRequest: { Key: key } })),
  );
}

/** Puts these items whatever is there, 25 a request. Keys must differ. @throws UnavailableError when some stay unprocessed */
export function batchPut(dynamo: DynamoDBClient, table: string, items: readonly Item[]): Promise<void> {
  return batchWrite(
    dynamo,
    table,
    items.map((item) => ({ PutRequest: { Item: item } })),
  );
}

async function batchWrite(dynamo: DynamoDBClient, table: string, requests: readonly WriteRequest[]): Promise<void> {
  const batches = Array.from({ length: Math.ceil(requests.length / WRITES_PER_BATCH) }, (_, i) =>
    requests.slice(i * WRITES_PER_BATCH, (i + 1) * WRITES_PER_BATCH),
  );
  for (let i = 0; i < batches.length; i += PARALLEL_BATCHES) {
    await Promise.all(batches.slice(i, i + PARALLEL_BATCHES).map((batch) => writeOne(dynamo, table, batch)));
  }
}

function writeOne(dynamo: DynamoDBClient, table: string, batch: WriteRequest[]): Promise<void> {
  let left = batch;
  return untilDone(async () => {
    const { UnprocessedItems = {} } = await dynamo.send(new BatchWriteItemCommand({ RequestItems: { [table]: left } }));
    left = UnprocessedItems[table] ?? [];
    return left.length === 0;
  });
}

/** A batch that is refused in part is not an error to the SDK: what is left is asked for again, after a pause. */
function untilDone(step: () => Promise<boolean>): Promise<void> {
  const unfinished = new UnavailableError('batch left unprocessed');
  return withRetries(
    async () => {
      if (!(await step())) throw unfinished;
    },
    (error) => error === unfinished,
  );
}

function distinct(keys: readonly Item[]): Item[] {
  return [...new Map(keys.map((key) => [JSON.stringify(key), key])).values()];
}
