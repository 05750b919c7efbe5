import { DeleteItemCommand, type DynamoDBClient, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { epochSeconds, type Item, N, S, text } from './items.ts';

/** Three renewals: who misses two is still told that the relay drains. Milliseconds. */
const LEASE_MS = 15 * 60_000;

/** Which connections were given credentials of a relay lately: whom to tell when it drains. */
export interface RelayLeases {
  /** Notes for fifteen minutes that a connection may use a relay. */
  renew(relay: string, connection: string): Promise<void>;
  /** The connections that may use a relay. Strong. */
  holders(relay: string): Promise<string[]>;
  /** Takes back what `renew` noted. */
  end(relay: string, connection: string): Promise<void>;
}

export function relayLeases(dynamo: DynamoDBClient, table: string, now: () => number): RelayLeases {
  return {
    async renew(relay, connection) {
      await dynamo.send(
        new PutItemCommand({
          TableName: table,
          Item: {
            ...leaseKey(relay, connection),
            expires: N(epochSeconds(now() + LEASE_MS)),
          },
        }),
      );
    },

    async holders(relay) {
      const found: string[] = [];
      let from: Item | undefined;
      do {
        const { Items = [], LastEvaluatedKey } = await dynamo.send(
          new QueryCommand({
            TableName: table,
            KeyConditionExpression: '#key = :key',
            FilterExpression: '#expires > :now',
            ProjectionExpression: '#part',
            ExpressionAttributeNames: { '#key': 'key', '#part': 'part', '#expires': 'expires' },
            ExpressionAttributeValues: { ':key': S(`lease#${relay}`), ':now': N(epochSeconds(now())) },
            ConsistentRead: true,
            ...(from && { ExclusiveStartKey: from }),
          }),
        );
        found.push(...Items.map((item) => text(item, 'part')));
        from = LastEvaluatedKey;
      } while (from);
      return found;
    },

    async end(relay, connection) {
      // No condition: connection ids are never used again, and one that is gone renews nothing.
      await dynamo.send(new DeleteItemCommand({ TableName: table, Key: leaseKey(relay, connection) }));
    },
  };
}

function leaseKey(relay: string, connection: string): Item {
  return { key: S(`lease#${relay}`), part: S(connection) };
}
