import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AttributeDefinition,
  CreateTableCommand,
  DynamoDBClient,
  type KeySchemaElement,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { findBinary, startEmulator } from '../../local/dynamodb/emulator.ts';
import type { Item } from '../../shared/store/items.ts';

/** Tables by the names that the stores' environment uses; keys as `infra` defines them. */
const KEYS = {
  deviceLists: ['account:S', 'entry:S'],
  connections: ['account:S', 'device:N'],
  preKeys: ['device:S', 'part:S'],
  mailbox: ['device:S', 'message:S'],
  ephemera: ['key:S', 'part:S'],
  frankingKeys: ['week:N'],
  relays: ['fleet:S', 'relay:S'],
} as const;

export type TableNames = Readonly<Record<keyof typeof KEYS, string>>;

export interface TestTables {
  readonly endpoint: string;
  readonly dynamo: DynamoDBClient;
  readonly names: TableNames;
  /** Every item of a table. */
  scan(table: keyof typeof KEYS): Promise<Item[]>;
  close(): Promise<void>;
}

/** The tables, empty, on an emulator of their own. Closing it leaves nothing behind. */
export async function startTables(): Promise<TestTables> {
  const folder = await mkdtemp(join(tmpdir(), 'sotto-tables-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  const emulator = await startEmulator(findBinary(), join(folder, 'tables.db')).catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  const dynamo = new DynamoDBClient({
    endpoint: emulator.endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    requestHandler: { httpAgent: { maxSockets: 200 } },
  });
  const names = Object.fromEntries(Object.keys(KEYS).map((name) => [name, `Test-${name}`])) as TableNames;
  for (const [name, keys] of Object.entries(KEYS)) await create(dynamo, `Test-${name}`, keys);
  return {
    endpoint: emulator.endpoint,
    dynamo,
    names,
    async scan(table) {
      const { Items = [] } = await dynamo.send(new ScanCommand({ TableName: names[table], ConsistentRead: true }));
      return Items;
    },
    async close() {
      dynamo.destroy();
      await emulator.close();
      await remove();
    },
  };
}

async function create(dynamo: DynamoDBClient, name: string, keys: readonly string[]): Promise<void> {
  const parts = keys.map((key) => key.split(':'));
  await dynamo.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: parts.map(
        ([AttributeName, AttributeType]) => ({ AttributeName, AttributeType }) as AttributeDefinition,
      ),
      KeySchema: parts.map(
        ([AttributeName], i) => ({ AttributeName, KeyType: i === 0 ? 'HASH' : 'RANGE' }) as KeySchemaElement,
      ),
    }),
  );
}
