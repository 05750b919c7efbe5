import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { conditionally } from './conditions.ts';
import { epochSeconds, N, S } from './items.ts';

/** Work that is to be done by one environment at a time. */
export interface Turns {
  /** Takes the turn for so many milliseconds, rounded down to a second. False while somebody else has it. */
  take(work: string, milliseconds: number): Promise<boolean>;
}

export function turns(dynamo: DynamoDBClient, table: string, now: () => number): Turns {
  return {
    async take(work, milliseconds) {
      const at = now();
      const { written } = await conditionally(() =>
        dynamo.send(
          new PutItemCommand({
            TableName: table,
            Item: { key: S(`turn#${work}`), part: S('turn'), expires: N(epochSeconds(at + milliseconds)) },
            // Closes: two environments at the same work, each deciding by what the other is changing.
            ConditionExpression: 'attribute_not_exists(#key) OR #expires <= :now',
            ExpressionAttributeNames: { '#key': 'key', '#expires': 'expires' },
            ExpressionAttributeValues: { ':now': N(epochSeconds(at)) },
          }),
        ),
      );
      return written;
    },
  };
}
