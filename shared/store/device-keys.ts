import { createHash } from 'node:crypto';
import { type DynamoDBClient, type Put, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { conditionally } from './conditions.ts';
import { entryKey } from './device-lists.ts';
import { S } from './items.ts';

const KEY = 'key';

/** A device's identity key and connect key, as they stand in lists. */
export interface DeviceKeyPair {
  readonly identityKey: Uint8Array;
  readonly connectKey: Uint8Array;
}

/** The device keys of all accounts. A key that was registered once is its account's for ever, also when its device is gone. */
export interface DeviceKeys {
  /**
   * Registers both keys for an account. False when another account has one of them. Repeating it succeeds, and so does the list that
   * brings the device.
   */
  reserve(account: string, keys: DeviceKeyPair): Promise<boolean>;
}

export function deviceKeys(dynamo: DynamoDBClient, table: string): DeviceKeys {
  return {
    async reserve(account, keys) {
      // In order, not in a transaction: when the second one is taken, the first stays this account's, as its device has agreed to.
      for (const put of reservations(table, account, keys)) {
        const { written } = await conditionally(() => dynamo.send(new PutItemCommand(put)));
        if (!written) return false;
      }
      return true;
    },
  };
}

/** Registers both keys. Part of the publication's transaction, also when they were reserved before it. */
export function reservations(table: string, account: string, { identityKey, connectKey }: DeviceKeyPair) {
  return [identityKey, connectKey].map((key): Put & { Item: NonNullable<Put['Item']> } => ({
    TableName: table,
    Item: { ...entryKey(`key#${createHash('sha256').update(key).digest('base64url')}`, KEY), owner: S(account) },
    // Closes: two accounts that list one key at once. Within an account the rules of lists see to it that a key comes once.
    ConditionExpression: 'attribute_not_exists(#account) OR #owner = :owner',
    ExpressionAttributeNames: { '#account': 'account', '#owner': 'owner' },
    ExpressionAttributeValues: { ':owner': S(account) },
  }));
}
