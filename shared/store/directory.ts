import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { batchGet } from './batch.ts';
import { type Presence, presenceKey, readPresence } from './connections.ts';
import { HEAD, type Head, readHead } from './device-list-head.ts';
import { entryKey } from './device-lists.ts';
import { text } from './items.ts';

export interface DeviceName {
  readonly account: string;
  readonly device: number;
}

/** What one read found. */
export interface Found {
  head(account: string): Head | undefined;
  presence(device: DeviceName): Presence | undefined;
}

/** Heads of accounts and presences of devices, read together. */
export interface Directory {
  /** One strong read: everything written before it was called is seen. It is not a snapshot: items are read one by one. */
  read(accounts: readonly string[], devices: readonly DeviceName[]): Promise<Found>;
}

export interface DirectoryTables {
  readonly deviceLists: string;
  readonly connections: string;
}

export function directory(dynamo: DynamoDBClient, tables: DirectoryTables, now: () => number): Directory {
  return {
    async read(accounts, devices) {
      const found = await batchGet(dynamo, [
        { table: tables.deviceLists, keys: accounts.map((account) => entryKey(account, HEAD)) },
        { table: tables.connections, keys: devices.map(({ account, device }) => presenceKey(account, device)) },
      ]);
      const heads = new Map(found.get(tables.deviceLists)?.map((item) => [text(item, 'account'), readHead(item)]));
      const at = now();
      const presences = (found.get(tables.connections) ?? []).map((item) => readPresence(item, at));
      return {
        head: (account) => heads.get(account),
        presence: ({ account, device }) =>
          presences.find((presence) => presence.account === account && presence.device === device),
      };
    },
  };
}
