import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { RATE_LIMITS } from '../../shared/protocol/limits.ts';
import type { DeploymentTables } from './deployment-tables.ts';

/** Sets the counter of a limit, in this window and in the next: one may begin during the test. */
export async function fillRate(
  tables: DeploymentTables,
  purpose: keyof typeof RATE_LIMITS,
  who: string,
  used: number,
): Promise<void> {
  const { windowMs } = RATE_LIMITS[purpose];
  const start = Date.now() - (Date.now() % windowMs);
  for (const part of [start, start + windowMs]) {
    const item = {
      key: { S: `rate#${purpose}#${who}` },
      part: { S: String(part) },
      used: { N: String(used) },
      expires: { N: String((part + windowMs) / 1000) },
    };
    await tables.dynamo.send(new PutItemCommand({ TableName: tables.name('Ephemera'), Item: item }));
  }
}
