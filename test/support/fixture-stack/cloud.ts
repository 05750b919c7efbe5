import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AttributeValue, DynamoDBClient, GetItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { type CloudOptions, type LocalCloud, startLocalCloud } from '../../../local/cloud.ts';
import type { Observation } from '../../../local/faults/observation.ts';
import { fixtureAssembly } from './assembly.ts';

export type Item = Record<string, AttributeValue>;

/** A local cloud that runs the fixture stack, with what tests want to see of it. */
export interface FixtureCloud extends LocalCloud {
  data: string;
  observations: Observation[];
  logged: string[];
  /** Reads an item past roles and hooks. `table`: the construct's id. */
  item(table: string, owner: string, part: string): Promise<Item | undefined>;
  items(table: string): Promise<Item[]>;
  /** Ends it and removes its data. */
  remove(): Promise<void>;
}

export async function startFixture(options: Partial<CloudOptions> = {}): Promise<FixtureCloud> {
  const data = options.data ?? (await mkdtemp(join(tmpdir(), 'sotto-test-')));
  const observations: Observation[] = [];
  const logged: string[] = [];
  const cloud = await startLocalCloud({
    assembly: await fixtureAssembly(),
    observe: (observation) => observations.push(observation),
    log: (text) => logged.push(text),
    ...options,
    data,
  });
  const credentials = { accessKeyId: 'SOTTO', secretAccessKey: 'not-a-secret' };
  const database = new DynamoDBClient({ region: cloud.region, endpoint: cloud.databaseEndpoint, credentials });
  const nameOf = (table: string): string =>
    Object.entries(cloud.tables).find(([id]) => id.startsWith(table))?.[1] ?? table;
  return {
    ...cloud,
    data,
    observations,
    logged,
    item: async (table, owner, part) => {
      const Key = { owner: { S: owner }, part: { S: part } };
      return (await database.send(new GetItemCommand({ TableName: nameOf(table), Key, ConsistentRead: true }))).Item;
    },
    items: async (table) =>
      (await database.send(new ScanCommand({ TableName: nameOf(table), ConsistentRead: true }))).Items ?? [],
    close: async () => {
      database.destroy();
      await cloud.close();
    },
    remove: async () => {
      database.destroy();
      await cloud.close();
      await rm(data, { recursive: true, force: true });
    },
  };
}
