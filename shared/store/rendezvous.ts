import { createHash } from 'node:crypto';
import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { base64UrlEncode } from '../protocol/base64url.ts';
import { LINK_MS } from '../protocol/limits.ts';
import { batchGet } from './batch.ts';
import { conditionally } from './conditions.ts';
import { epochSeconds, type Item, N, number, S, text } from './items.ts';

/** The two places of a room. */
const PLACES = ['one', 'two'] as const;

interface Place {
  readonly connection: string;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

export interface Entered {
  /** The connection of the other party, when it is there. */
  readonly peer?: string;
  /** Milliseconds since 1970: when this party's place is given up. */
  readonly expires: number;
}

/** Rooms in which two connections find each other by a secret. The table holds a hash of the secret. */
export interface Rendezvous {
  /** Takes a place, or finds the one that the connection has. Undefined when two others are in the room. */
  enter(room: Uint8Array, connection: string): Promise<Entered | undefined>;
  /** The other party's connection (undefined when it is not there) as seen by one that is in the room; `outside` when it is not. */
  peer(room: Uint8Array, connection: string): Promise<string | undefined | 'outside'>;
}

export function rendezvous(dynamo: DynamoDBClient, table: string, now: () => number): Rendezvous {
  const placeKey = (room: Uint8Array, place: string): Item => {
    const name = base64UrlEncode(createHash('sha256').update(room).digest());
    return { key: S(`link#${name}`), part: S(place) };
  };

  /** Who is in the room, expired places left out. Strong. */
  const present = async (room: Uint8Array): Promise<Place[]> => {
    const keys = PLACES.map((place) => placeKey(room, place));
    const items = (await batchGet(dynamo, [{ table, keys }])).get(table) ?? [];
    const at = now();
    return items
      .map((item) => ({ connection: text(item, 'connection'), expires: number(item, 'expires') * 1000 }))
      .filter(({ expires }) => expires > at);
  };

  const take = async (room: Uint8Array, place: string, connection: string, expires: number) => {
    const { written } = await conditionally(() =>
      dynamo.send(
        new PutItemCommand({
          TableName: table,
          Item: { ...placeKey(room, place), connection: S(connection), expires: N(epochSeconds(expires)) },
          // Closes: two connections entering at once and both believing to be the first, or a third pushing one out.
          ConditionExpression: 'attribute_not_exists(#key) OR #expires <= :now',
          ExpressionAttributeNames: { '#key': 'key', '#expires': 'expires' },
          ExpressionAttributeValues: { ':now': N(epochSeconds(now())) },
        }),
      ),
    );
    return written;
  };

  return {
    async enter(room, connection) {
      const expires = now() + LINK_MS;
      let inside = await present(room);
      for (const place of PLACES) {
        if (mine(inside, connection)) break;
        if (await take(room, place, connection, expires)) inside = await present(room);
      }
      const own = mine(inside, connection);
      if (!own) return undefined;
      const peer = others(inside, connection);
      return peer === undefined ? { expires: own.expires } : { peer, expires: own.expires };
    },

    async peer(room, connection) {
      const inside = await present(room);
      return mine(inside, connection) ? others(inside, connection) : 'outside';
    },
  };
}

function mine(inside: readonly Place[], connection: string): Place | undefined {
  return inside.find((place) => place.connection === connection);
}

function others(inside: readonly Place[], connection: string): string | undefined {
  return inside.find((place) => place.connection !== connection)?.connection;
}
