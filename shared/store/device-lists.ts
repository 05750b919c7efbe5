import { type DynamoDBClient, GetItemCommand, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Freshness } from '../protocol/account.ts';
import { conditionally } from './conditions.ts';
import { HEAD, type Head, readHead } from './device-list-head.ts';
import { listEntry, readList, type StoredList } from './device-list-items.ts';
import { B, type Item, L, M, N, S } from './items.ts';

/** Signed device lists and what is known of their current one. */
export interface DeviceLists {
  /** The head as of the last completed publication: a strong read. */
  head(account: string): Promise<Head | undefined>;
  /** One list; undefined when there is none with that sequence. A strong read. */
  list(account: string, sequence: number): Promise<StoredList | undefined>;
  /** Lists after a sequence, in order, at most `limit`. A strong read: a list that was published is there. */
  listsAfter(account: string, sequence: number, limit: number): Promise<StoredList[]>;
  /** Keeps a freshness statement for the list with `hash`. False when the list is not the current one any more, or a later statement is kept. */
  confirm(account: string, hash: Uint8Array, fresh: Freshness): Promise<boolean>;
  /** Replaces the hashes of the contact tokens. False when the list with `hash` is not the current one any more. */
  replaceTokens(account: string, hash: Uint8Array, tokens: readonly Uint8Array[]): Promise<boolean>;
}

export function deviceLists(dynamo: DynamoDBClient, table: string): DeviceLists {
  const get = async (account: string, entry: string) => {
    const { Item } = await dynamo.send(
      new GetItemCommand({ TableName: table, Key: entryKey(account, entry), ConsistentRead: true }),
    );
    return Item;
  };

  return {
    async head(account) {
      const item = await get(account, HEAD);
      return item && readHead(item);
    },

    async list(account, sequence) {
      const item = await get(account, listEntry(sequence));
      return item && readList(item);
    },

    async listsAfter(account, sequence, limit) {
      if (limit === 0) return [];
      const { Items = [] } = await dynamo.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: '#account = :account AND #entry BETWEEN :first AND :last',
          ExpressionAttributeNames: { '#account': 'account', '#entry': 'entry' },
          ExpressionAttributeValues: {
            ':account': S(account),
            ':first': S(listEntry(sequence + 1)),
            ':last': S(listEntry(sequence + limit)),
          },
          ConsistentRead: true,
        }),
      );
      return Items.map(readList);
    },

    async confirm(account, hash, fresh) {
      const { written } = await conditionally(() =>
        dynamo.send(
          new UpdateItemCommand({
            TableName: table,
            Key: entryKey(account, HEAD),
            UpdateExpression: 'SET #fresh = :fresh',
            // Closes: a statement for the old list landing after a publication (it would confirm the new one), and an older
            // statement overtaking a newer one.
            ConditionExpression: '#hash = :hash AND (attribute_not_exists(#fresh) OR #fresh.#time <= :time)',
            ExpressionAttributeNames: { '#fresh': 'fresh', '#hash': 'hash', '#time': 'time' },
            ExpressionAttributeValues: {
              ':fresh': M({ time: N(fresh.time), signature: B(fresh.signature) }),
              ':hash': B(hash),
              ':time': N(fresh.time),
            },
          }),
        ),
      );
      return written;
    },

    async replaceTokens(account, hash, tokens) {
      const { written } = await conditionally(() =>
        dynamo.send(
          new UpdateItemCommand({
            TableName: table,
            Key: entryKey(account, HEAD),
            UpdateExpression: 'SET #tokens = :tokens',
            // Closes: a device that is removed between the reading of its membership and this write; and an update making a head
            // that was never created.
            ConditionExpression: '#hash = :hash',
            ExpressionAttributeNames: { '#tokens': 'tokens', '#hash': 'hash' },
            ExpressionAttributeValues: { ':tokens': L(tokens.map(B)), ':hash': B(hash) },
          }),
        ),
      );
      return written;
    },
  };
}

export function entryKey(account: string, entry: string): Item {
  return { account: S(account), entry: S(entry) };
}
