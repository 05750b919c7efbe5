import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, expect, it } from 'vitest';
import { synthesizeStack } from '../../../local/synthesis/stack.ts';
import { Person } from '../../support/person.ts';
import { type Sotto, startSotto } from '../../support/sotto.ts';

type Statement = { Action: string | string[]; Resource: unknown };
type Resources = Record<string, { Type: string; Properties: { PolicyDocument?: { Statement: Statement[] } } }>;

let folder: string;
let cloud: Sotto | undefined;
afterEach(async () => {
  await cloud?.close();
  await rm(folder, { recursive: true });
});

/** Runs the real stack without one grant of one function. */
async function startWithout(role: string, action: string, table: string): Promise<Sotto> {
  folder = await mkdtemp(join(tmpdir(), 'sotto-grant-'));
  await cp(await synthesizeStack('dev'), folder, { recursive: true });
  const file = join(folder, 'Sotto-dev.template.json');
  const template: { Resources: Resources } = JSON.parse(await readFile(file, 'utf8'));
  let removed = 0;
  for (const [id, { Type, Properties }] of Object.entries(template.Resources)) {
    if (Type !== 'AWS::IAM::Policy' || !id.startsWith(role)) continue;
    for (const statement of Properties.PolicyDocument?.Statement ?? []) {
      if (!JSON.stringify(statement.Resource).includes(table) || !statement.Action.includes(action)) continue;
      statement.Action = [statement.Action].flat().filter((name) => name !== action);
      removed++;
    }
  }
  expect(removed).toBe(1);
  await writeFile(file, JSON.stringify(template));
  return startSotto({ assembly: folder });
}

async function itemsOf({ databaseEndpoint, region, tables }: Sotto, table: string): Promise<number> {
  const credentials = { accessKeyId: 'SOTTO', secretAccessKey: 'not-a-secret' };
  const database = new DynamoDBClient({ endpoint: databaseEndpoint, region, credentials });
  const { Count } = await database.send(new ScanCommand({ TableName: tables[table], ConsistentRead: true }));
  database.destroy();
  return Count ?? 0;
}

it('a message for which the mailbox may not be written is refused as an internal error, and nothing is stored or pushed', async () => {
  cloud = await startWithout('FunctionsMessage', 'dynamodb:PutItem', 'MailboxTable');
  const alice = await Person.create(cloud.url, 'alice');
  const bob = await Person.create(cloud.url, 'bob', 2);
  const sender = await alice.connect(1);
  const receiver = await bob.connect(1);
  await expect(sender.request('message.send', alice.messageTo(bob))).rejects.toMatchObject({ code: 'internal' });
  expect(cloud.log.join('')).toMatch(
    /AccessDeniedException: User: \S+ is not authorized to perform: dynamodb:PutItem on resource: \S+MailboxTable/,
  );
  expect(await itemsOf(cloud, 'MailboxTable')).toBe(0);
  expect(await receiver.request('message.pull', {})).toMatchObject({ messages: [] });
  await Promise.all([sender.close(), receiver.close()]);
});

it('an account whose first connection may not be registered is not created at all', async () => {
  cloud = await startWithout('FunctionsAccount', 'dynamodb:PutItem', 'ConnectionsTable');
  await expect(Person.create(cloud.url, 'alice')).rejects.toMatchObject({ code: 'internal' });
  expect(await itemsOf(cloud, 'DeviceListsTable')).toBe(0);
  expect(await itemsOf(cloud, 'PreKeysTable')).toBe(0);
});
