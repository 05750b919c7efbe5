import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { base64UrlEncode } from '../protocol/base64url.ts';
import { CALL_CLAIM_MS } from '../protocol/limits.ts';
import { conditionally } from './conditions.ts';
import type { Installation } from './installation.ts';
import { epochSeconds, N, number, S } from './items.ts';

/** How a claim ended. `device` is who has the call: the one that asked, when it won. */
export interface ClaimOutcome {
  readonly won: boolean;
  readonly device: number;
}

/** Which device of an account has taken a call. */
export interface CallClaims {
  /**
   * Takes the call for the device, for two minutes, unless another device of the account has it. Repeating it succeeds for whoever has
   * the call.
   */
  claim(call: Uint8Array, device: Installation): Promise<ClaimOutcome>;
}

export function callClaims(dynamo: DynamoDBClient, table: string, now: () => number): CallClaims {
  return {
    async claim(call, { account, device, registration }) {
      const at = now();
      const outcome = await conditionally(() =>
        dynamo.send(
          new PutItemCommand({
            TableName: table,
            Item: {
              key: S(`claim#${account}#${base64UrlEncode(call)}`),
              part: S('claim'),
              device: N(device),
              registration: N(registration),
              expires: N(epochSeconds(at + CALL_CLAIM_MS)),
            },
            // Closes: two devices of an account answering one call at once. An expired claim that TTL has not got round to does not exist.
            // The holder's own repetition wins again; with the registration, so that a successor with its id does not pass for it.
            ConditionExpression:
              'attribute_not_exists(#key) OR #expires <= :now OR (#device = :device AND #registration = :registration)',
            ExpressionAttributeNames: {
              '#key': 'key',
              '#expires': 'expires',
              '#device': 'device',
              '#registration': 'registration',
            },
            ExpressionAttributeValues: {
              ':now': N(epochSeconds(at)),
              ':device': N(device),
              ':registration': N(registration),
            },
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        ),
      );
      if (outcome.written) return { won: true, device };
      // Asked for, and there: the condition fails only where an item is.
      return { won: false, device: number(outcome.existing ?? {}, 'device') };
    },
  };
}
