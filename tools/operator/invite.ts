import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { invites } from '../../shared/store/invites.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
/** Nobody guesses 128 random bits, so codes need no limit of tries. */
const CODE_BYTES = 16;
const HELP = `Makes invite codes for a stage whose admission is "invite", one a line:

  npm run invite -- --table NAME --region REGION [--count 1] [--days 7] [--endpoint URL]

--table     the output InviteTable of cdk deploy
--count     how many codes, 1 to 100; each admits one account
--days      how long they can be used, 1 to 90
--endpoint  another DynamoDB than that of the Region

It uses the AWS credentials of your shell, which need dynamodb:PutItem on the table.`;

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const { table, region, count, days, endpoint } = readArguments();
  const dynamo = new DynamoDBClient({ region, ...(endpoint === undefined ? {} : { endpoint }) });
  const codes = invites(dynamo, table, Date.now);
  for (let made = 0; made < count; made++) {
    const code = randomBytes(CODE_BYTES).toString('base64url');
    await codes.issue(code, Date.now() + days * DAY_MS);
    // Only now: a code that is shown can be used.
    console.log(code);
  }
}

function readArguments() {
  const { values } = parseArgs({
    options: {
      table: { type: 'string' },
      region: { type: 'string' },
      count: { type: 'string', default: '1' },
      days: { type: 'string', default: '7' },
      endpoint: { type: 'string' },
    },
  });
  const { table, region, endpoint } = values;
  if (table === undefined || region === undefined) throw new Error(HELP);
  return { table, region, endpoint, count: whole('count', values.count, 100), days: whole('days', values.days, 90) };
}

function whole(name: string, text: string, most: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > most) {
    throw new Error(`--${name} ${text}: give a whole number from 1 to ${most}.`);
  }
  return value;
}
