import { type DynamoDBClient, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { EC_PREKEYS_PER_FRAME } from '../protocol/limits.ts';
import type { PreKey, SignedKemPreKey } from '../protocol/prekeys.ts';
import { batchPut } from './batch.ts';
import { conditionally } from './conditions.ts';
import { type Installation, installationKey } from './installation.ts';
import { type Item, list, N, S, text } from './items.ts';
import { ecFrameItem, type Kind, PART, partKey, signedItem } from './prekey-items.ts';
import { purge } from './purge.ts';

/** Keys from index `from` of a page. */
export type Frame =
  | { readonly kind: 'ec'; readonly page: number; readonly from: number; readonly keys: readonly PreKey[] }
  | { readonly kind: 'kem'; readonly page: number; readonly from: number; readonly keys: readonly SignedKemPreKey[] };

/** Filling and publishing pages of one-time keys. Nobody is handed a key of a page that is not published. */
export interface PreKeyPages {
  /** Stores a frame. The page must not be published. */
  put(device: Installation, frame: Frame): Promise<void>;
  /** Whether the page has every key from 0 to `count`, those of `frame` taken as stored. Strong. */
  isComplete(device: Installation, frame: Frame, count: number): Promise<boolean>;
  /**
   * Makes a complete page the one that is handed out and deletes those before the previous one, which stays for takers that are
   * between their two requests. False when the page is below the published one; true when it is the published one already.
   */
  publish(device: Installation, kind: Kind, page: number, count: number): Promise<boolean>;
}

export function preKeyPages(dynamo: DynamoDBClient, table: string): PreKeyPages {
  const purgeBelow = (device: Installation, kind: Kind, page: number) =>
    purge(dynamo, {
      table,
      partition: { name: 'device', value: installationKey(device) },
      sort: 'part',
      between: { first: PART.page(kind, 0), before: PART.page(kind, page) },
    });

  /** Sizes of the stored items of a page, by their sort keys. */
  const sizes = async (device: Installation, kind: Kind, page: number) => {
    const found = new Map<string, number>();
    let start: Item | undefined;
    do {
      const { Items = [], LastEvaluatedKey } = await dynamo.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: '#device = :device AND begins_with(#part, :page)',
          // A Kyber key is its item; of a hundred EC keys the ids are enough to count.
          ProjectionExpression: kind === 'ec' ? '#part, #keys' : '#part',
          ExpressionAttributeNames: {
            '#device': 'device',
            '#part': 'part',
            ...(kind === 'ec' ? { '#keys': 'keys' } : {}),
          },
          ExpressionAttributeValues: { ':device': S(installationKey(device)), ':page': S(PART.page(kind, page)) },
          ConsistentRead: true,
          ...(start ? { ExclusiveStartKey: start } : {}),
        }),
      );
      for (const item of Items) found.set(text(item, 'part'), kind === 'ec' ? list(item, 'keys').length : 1);
      start = LastEvaluatedKey;
    } while (start);
    return found;
  };

  return {
    put(device, frame) {
      return batchPut(dynamo, table, itemsOf(device, frame));
    },

    async isComplete(device, frame, count) {
      const found = await sizes(device, frame.kind, frame.page);
      for (const item of itemsOf(device, frame)) {
        found.set(text(item, 'part'), frame.kind === 'ec' ? list(item, 'keys').length : 1);
      }
      const perItem = frame.kind === 'ec' ? EC_PREKEYS_PER_FRAME : 1;
      for (let from = 0; from < count; from += perItem) {
        const there = found.get(PART.keys(frame.kind, frame.page, from)) ?? 0;
        if (there < Math.min(perItem, count - from)) return false;
      }
      return true;
    },

    async publish(device, kind, page, count) {
      const outcome = await conditionally(() =>
        dynamo.send(
          new UpdateItemCommand({
            TableName: table,
            Key: partKey(device, PART.cursor(kind)),
            UpdateExpression: 'SET #page = :page, #count = :count, #next = :zero',
            // Closes: a late repetition setting `next` of a page that is in use back to 0, which would hand its keys out twice.
            ConditionExpression: 'attribute_not_exists(#page) OR #page < :page',
            ExpressionAttributeNames: { '#page': 'page', '#count': 'count', '#next': 'next' },
            ExpressionAttributeValues: { ':page': N(page), ':count': N(count), ':zero': N(0) },
            ReturnValues: 'ALL_OLD',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        ),
      );
      if (!outcome.written) return outcome.existing?.page?.N === String(page);
      const previous = Number(outcome.output.Attributes?.page?.N ?? 0);
      if (previous > 0) await purgeBelow(device, kind, previous);
      return true;
    },
  };
}

function itemsOf(device: Installation, frame: Frame) {
  if (frame.kind === 'ec') return [ecFrameItem(device, frame.page, frame.from, frame.keys)];
  return frame.keys.map((key, i) => signedItem(device, PART.keys('kem', frame.page, frame.from + i), key));
}
