import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { RATE_LIMITS } from '../protocol/limits.ts';
import { conditionally } from './conditions.ts';
import { epochSeconds, N, S } from './items.ts';

export type Purpose = keyof typeof RATE_LIMITS;

/** Counters of fixed windows. */
export interface RateLimits {
  /**
   * Uses `cost` units of a limit. Undefined when they were there; otherwise nothing is used and the answer says in how many
   * milliseconds the next window begins.
   *
   * @param who whose limit it is; `all` for a limit of the deployment
   */
  use(purpose: Purpose, who: string, cost?: number): Promise<number | undefined>;
}

export function rateLimits(dynamo: DynamoDBClient, table: string, now: () => number): RateLimits {
  return {
    async use(purpose, who, cost = 1) {
      const { limit, windowMs } = RATE_LIMITS[purpose];
      const at = now();
      const start = at - (at % windowMs);
      const end = start + windowMs;
      const { written } = await conditionally(() =>
        dynamo.send(
          new UpdateItemCommand({
            TableName: table,
            // The window is part of the key: an old counter that TTL has not deleted yet counts nothing.
            Key: { key: S(`rate#${purpose}#${who}`), part: S(String(start)) },
            UpdateExpression: 'ADD #used :cost SET #expires = :expires',
            // Closes: two requests at once both seeing the last unit.
            ConditionExpression: 'attribute_not_exists(#used) OR #used <= :room',
            ExpressionAttributeNames: { '#used': 'used', '#expires': 'expires' },
            ExpressionAttributeValues: { ':cost': N(cost), ':room': N(limit - cost), ':expires': N(epochSeconds(end)) },
          }),
        ),
      );
      return written ? undefined : end - at;
    },
  };
}
