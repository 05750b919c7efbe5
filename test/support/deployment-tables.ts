import { type AttributeValue, DynamoDBClient, GetItemCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import type { TableName } from '../../infra/tables.ts';
import type { Sotto } from './sotto.ts';

export type TableItem = Record<string, AttributeValue>;

/** The tables of a running deployment as they are on disk, without roles, filters or hooks between. */
export class DeploymentTables {
  readonly #names: Readonly<Record<string, string>>;
  readonly dynamo: DynamoDBClient;

  constructor(cloud: Pick<Sotto, 'databaseEndpoint' | 'region' | 'tables'>) {
    this.#names = cloud.tables;
    this.dynamo = new DynamoDBClient({
      endpoint: cloud.databaseEndpoint,
      region: cloud.region,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
  }

  /** Physical name. */
  name(table: TableName): string {
    const name = this.#names[`${table}Table`];
    if (name === undefined) throw new Error(`the template has no table ${table}`);
    return name;
  }

  /** Every item of a table, expired ones included. Strong. */
  async scan(table: TableName): Promise<TableItem[]> {
    const items: TableItem[] = [];
    const pages = paginateScan({ client: this.dynamo }, { TableName: this.name(table), ConsistentRead: true });
    for await (const { Items = [] } of pages) items.push(...Items);
    return items;
  }

  /** Strong. */
  async has(table: TableName, key: TableItem): Promise<boolean> {
    const command = new GetItemCommand({ TableName: this.name(table), Key: key, ConsistentRead: true });
    return (await this.dynamo.send(command)).Item !== undefined;
  }

  close(): void {
    this.dynamo.destroy();
  }
}
