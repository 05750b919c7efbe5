import {
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { frankingWeek } from '../trust/franking.ts';
import { conditionally } from './conditions.ts';
import { B, bytes, epochSeconds, N, number } from './items.ts';

const WEEK_MS = 7 * 24 * 60 * 60 * 1_000;
const KEY_BYTES = 32;
/** Four weeks of timer, fourteen days unread, and a margin: after seven weeks nothing that a key stamped can be reported any more. */
const KEPT_WEEKS = 7;

/** Keys that stamp messages, one a week. */
export interface FrankingKeys {
  /** The key of a week, made when it does not exist; everybody who asks gets the same one. */
  key(week: number): Promise<Uint8Array>;
  /** Makes the key of a week ahead of its first message. */
  prepare(week: number): Promise<void>;
  /** Deletes the keys of all weeks that are more than seven weeks over. */
  forgetOld(): Promise<void>;
}

export function frankingKeys(dynamo: DynamoDBClient, table: string, now: () => number): FrankingKeys {
  /** A key never changes, so a Lambda environment reads it once. Only the latest is kept: the past has no senders. */
  let cached: { readonly week: number; readonly key: Uint8Array } | undefined;

  const read = async (week: number) => {
    const { Item } = await dynamo.send(
      new GetItemCommand({ TableName: table, Key: { week: N(week) }, ConsistentRead: true }),
    );
    return Item && bytes(Item, 'key');
  };

  /** The key that was made; undefined when there was one. */
  const create = async (week: number) => {
    const key = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
    const outcome = await conditionally(() =>
      dynamo.send(
        new PutItemCommand({
          TableName: table,
          Item: { week: N(week), key: B(key), expires: N(epochSeconds((week + 1 + KEPT_WEEKS) * WEEK_MS)) },
          // Closes: two environments making a key for one week; the stamps of the one that lost could never be verified.
          ConditionExpression: 'attribute_not_exists(#week)',
          ExpressionAttributeNames: { '#week': 'week' },
        }),
      ),
    );
    return outcome.written ? key : undefined;
  };

  return {
    async key(week) {
      if (cached?.week === week) return cached.key;
      const key = (await read(week)) ?? (await create(week)) ?? (await read(week));
      if (!key) throw new Error('a franking key vanished');
      cached = { week, key };
      return key;
    },

    async prepare(week) {
      await create(week);
    },

    async forgetOld() {
      // At most a few more than eight items, however long the deployment lives: one page.
      const oldest = frankingWeek(now()) - KEPT_WEEKS;
      const { Items = [] } = await dynamo.send(
        new ScanCommand({
          TableName: table,
          FilterExpression: '#week < :oldest',
          ProjectionExpression: '#week',
          ExpressionAttributeNames: { '#week': 'week' },
          ExpressionAttributeValues: { ':oldest': N(oldest) },
          ConsistentRead: true,
        }),
      );
      for (const item of Items) {
        await dynamo.send(new DeleteItemCommand({ TableName: table, Key: { week: N(number(item, 'week')) } }));
      }
    },
  };
}
