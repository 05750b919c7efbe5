import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { base64UrlEncode } from '../protocol/base64url.ts';
import { conditionally } from './conditions.ts';
import { epochSeconds, type Item, L, list, N, number, S, text } from './items.ts';

/** Three renewals: a call keeps its relay when a party misses two. Milliseconds. */
const CHOICE_MS = 15 * 60_000;

/** The relays of one call, the one that both parties use first. */
export interface RelayChoice {
  readonly relays: readonly string[];
  /** Milliseconds since 1970. */
  readonly expires: number;
}

/** Which relays the parties of a call were given, so that both get the same. */
export interface RelayChoices {
  /** Strong. */
  read(call: Uint8Array): Promise<RelayChoice | undefined>;
  /**
   * Makes `wanted` the choice if it still is `previous` (undefined: if there is none), for fifteen minutes. Returns the choice that is
   * there afterwards; undefined when the previous one has vanished.
   */
  settle(
    call: Uint8Array,
    previous: readonly string[] | undefined,
    wanted: readonly string[],
  ): Promise<RelayChoice | undefined>;
}

export function relayChoices(dynamo: DynamoDBClient, table: string, now: () => number): RelayChoices {
  return {
    async read(call) {
      const { Item } = await dynamo.send(
        new GetItemCommand({ TableName: table, Key: choiceKey(call), ConsistentRead: true }),
      );
      const choice = Item && readChoice(Item);
      return choice && choice.expires > now() ? choice : undefined;
    },

    async settle(call, previous, wanted) {
      const at = now();
      const expires = epochSeconds(at + CHOICE_MS);
      const outcome = await conditionally(() =>
        dynamo.send(
          new PutItemCommand({
            TableName: table,
            Item: { ...choiceKey(call), relays: names(wanted), expires: N(expires) },
            ...(previous === undefined ? unlessChosen(at) : ifStill(previous)),
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        ),
      );
      if (outcome.written) return { relays: wanted, expires: expires * 1000 };
      return outcome.existing && readChoice(outcome.existing);
    },
  };
}

/** Closes: both parties asking at once and getting different relays. An expired choice does not exist. */
function unlessChosen(at: number) {
  return {
    ConditionExpression: 'attribute_not_exists(#key) OR #expires <= :now',
    ExpressionAttributeNames: { '#key': 'key', '#expires': 'expires' },
    ExpressionAttributeValues: { ':now': N(epochSeconds(at)) },
  };
}

/** Closes: both parties replacing a relay that has gone, each by another. */
function ifStill(previous: readonly string[]) {
  return {
    ConditionExpression: '#relays = :previous',
    ExpressionAttributeNames: { '#relays': 'relays' },
    ExpressionAttributeValues: { ':previous': names(previous) },
  };
}

function choiceKey(call: Uint8Array): Item {
  return { key: S(`relay-choice#${base64UrlEncode(call)}`), part: S('choice') };
}

const names = (relays: readonly string[]) => L(relays.map(S));

function readChoice(item: Item): RelayChoice {
  return {
    relays: list(item, 'relays').map((value) => text({ value }, 'value')),
    expires: number(item, 'expires') * 1000,
  };
}
