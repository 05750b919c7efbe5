import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb';
import { Refusal } from '../refusal.ts';
import type { TableSpec } from '../template/tables.ts';

/**
 * Creates the tables of the template that are not there yet.
 * @throws Refusal when a table is there with another key: CloudFormation would replace the table, and its items with it
 */
export async function createTables(client: DynamoDBClient, tables: readonly TableSpec[]): Promise<void> {
  await Promise.all(
    tables.map(async (spec) => {
      const present = await describe(client, spec.name);
      if (present === undefined) await create(client, spec);
      else if (present !== keyText(spec.keySchema)) {
        throw new Refusal(
          `The table ${spec.name} in this data folder has the key ${present} and the template wants ${keyText(spec.keySchema)}: start with another --data folder, or move this one away.`,
        );
      }
    }),
  );
}

async function create(client: DynamoDBClient, spec: TableSpec): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: spec.name,
      KeySchema: spec.keySchema,
      AttributeDefinitions: spec.attributes,
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
}

/** The key of a table, and the types of its attributes, as text; undefined when there is no such table. */
async function describe(client: DynamoDBClient, TableName: string): Promise<string | undefined> {
  try {
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    return keyText(Table?.KeySchema ?? []);
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw new Refusal(
      `The database cannot read the table ${TableName} (${String(error)}): move the data folder away, or start with --ephemeral.`,
    );
  }
}

function keyText(schema: readonly { AttributeName?: string | undefined }[]): string {
  return `(${schema.map(({ AttributeName }) => AttributeName).join(', ')})`;
}
