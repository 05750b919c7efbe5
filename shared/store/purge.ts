import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { batchDelete } from './batch.ts';
import { type Item, S } from './items.ts';

/** Part of a partition of a table whose keys are two texts: sort keys from `first` (inclusive) to `before` (exclusive), or all of them. */
export interface Range {
  readonly table: string;
  readonly partition: { readonly name: string; readonly value: string };
  readonly sort: string;
  readonly between?: { readonly first: string; readonly before: string };
}

/** Deletes everything in the range that was written before it was called. Reads strongly, page by page; repeating it is harmless. */
export async function purge(dynamo: DynamoDBClient, { table, partition, sort, between }: Range): Promise<void> {
  let start: Item | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await dynamo.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: between
          ? '#partition = :partition AND #sort BETWEEN :first AND :before'
          : '#partition = :partition',
        ProjectionExpression: '#partition, #sort',
        ExpressionAttributeNames: { '#partition': partition.name, '#sort': sort },
        ExpressionAttributeValues: {
          ':partition': S(partition.value),
          ...(between ? { ':first': S(between.first), ':before': S(between.before) } : {}),
        },
        ConsistentRead: true,
        ...(start ? { ExclusiveStartKey: start } : {}),
      }),
    );
    // BETWEEN takes its upper end along; a range does not.
    const keys = Items.filter((item) => item[sort]?.S !== between?.before);
    await batchDelete(dynamo, table, keys);
    start = LastEvaluatedKey;
  } while (start);
}
