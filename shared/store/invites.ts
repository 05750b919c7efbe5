import { createHash } from 'node:crypto';
import { type DynamoDBClient, GetItemCommand, PutItemCommand, type TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { base64UrlEncode } from '../protocol/base64url.ts';
import { utf8 } from '../protocol/bytes.ts';
import { epochSeconds, type Item, N, number, S } from './items.ts';

/** Codes that admit one account each. The table holds a hash of the code; the operator puts it there. */
export interface Invites {
  /** Whether the code can be used right now. Only {@link redemption} uses it up. */
  isValid(code: string): Promise<boolean>;
  /** Makes a code valid until a time, in milliseconds since 1970. For the operator: no function has the right to do this. */
  issue(code: string, until: number): Promise<void>;
}

export function invites(dynamo: DynamoDBClient, table: string, now: () => number): Invites {
  return {
    async isValid(code) {
      const { Item } = await dynamo.send(
        new GetItemCommand({ TableName: table, Key: inviteKey(code), ConsistentRead: true }),
      );
      return Item !== undefined && number(Item, 'expires') > epochSeconds(now());
    },

    async issue(code, until) {
      await dynamo.send(
        new PutItemCommand({ TableName: table, Item: { ...inviteKey(code), expires: N(epochSeconds(until)) } }),
      );
    },
  };
}

/** Uses a code up. Part of the transaction that creates the account: a code is lost only to an account. */
export function redemption(table: string, code: string, now: number): TransactWriteItem {
  return {
    Delete: {
      TableName: table,
      Key: inviteKey(code),
      // Closes: one code used by two accounts at once, and a code that has expired but is not deleted yet.
      ConditionExpression: 'attribute_exists(#key) AND #expires > :now',
      ExpressionAttributeNames: { '#key': 'key', '#expires': 'expires' },
      ExpressionAttributeValues: { ':now': N(epochSeconds(now)) },
    },
  };
}

function inviteKey(code: string): Item {
  const hash = createHash('sha256').update(utf8(code)).digest();
  return { key: S(`invite#${base64UrlEncode(hash)}`), part: S('invite') };
}
