import { type DynamoDBClient, type TransactWriteItem, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { PreKey, SignedKemPreKey, SignedPreKey } from '../protocol/prekeys.ts';
import { batchGet, batchPut } from './batch.ts';
import { conditionally } from './conditions.ts';
import { type Installation, installationKey } from './installation.ts';
import { type Item, N } from './items.ts';
import {
  type Cursor,
  ecFrameOf,
  type Kind,
  left,
  PART,
  partKey,
  readCursor,
  readEcKey,
  readSigned,
  signedItem,
} from './prekey-items.ts';
import { purge } from './purge.ts';
import { besideTransactions, isTransient } from './retry.ts';

/** The two keys that a device always has: they are used again and again until it replaces them. */
export interface StandingKeys {
  readonly signed: SignedPreKey;
  readonly lastResort: SignedKemPreKey;
}

export type Replacement = { readonly [Key in keyof StandingKeys]?: StandingKeys[Key] | undefined };

/** What one taker got. */
export interface Taken {
  readonly signed: SignedPreKey;
  /** A one-time key, or the last resort when they have run out. */
  readonly kem: SignedKemPreKey;
  readonly lastResort: boolean;
  /** Absent when the one-time keys have run out. */
  readonly ec?: PreKey;
  /** One-time keys left after this. */
  readonly left: Readonly<Record<Kind, number>>;
}

export interface Stock extends Readonly<Record<Kind, Cursor>> {
  /** Undefined when the device was removed. */
  readonly standing: StandingKeys | undefined;
}

/** Public keys with which sessions are begun. */
export interface PreKeys {
  /**
   * Takes keys of each device. No one-time key is ever given twice, whatever fails: a key whose taker fails is lost.
   * A device that could not be served right now is undefined, the others are served.
   */
  take(devices: readonly Installation[]): Promise<(Taken | undefined)[]>;
  /** Strong. */
  stock(device: Installation): Promise<Stock>;
  /** Replaces one or both standing keys. */
  replace(device: Installation, keys: Replacement): Promise<void>;
  /** Deletes everything of the device that was written before. */
  removeAll(device: Installation): Promise<void>;
}

export function preKeys(dynamo: DynamoDBClient, table: string): PreKeys {
  /** Moves a cursor on and says which key is the caller's: its page and index; undefined when there is none. */
  const advance = async (device: Installation, kind: Kind): Promise<Cursor | undefined> => {
    const outcome = await conditionally(() =>
      dynamo.send(
        new UpdateItemCommand({
          TableName: table,
          Key: partKey(device, PART.cursor(kind)),
          // Closes: two takers being given one key. Each increment returns another number; no taker has to try again.
          UpdateExpression: 'ADD #next :one',
          // Closes: a taker that comes after the removal of the device leaving a cursor behind for ever.
          ConditionExpression: 'attribute_exists(#device)',
          ExpressionAttributeNames: { '#next': 'next', '#device': 'device' },
          ExpressionAttributeValues: { ':one': N(1) },
          ReturnValues: 'ALL_NEW',
        }),
      ),
    );
    return outcome.written ? readCursor(outcome.output.Attributes) : undefined;
  };

  const find = async (keys: readonly Item[]): Promise<(key: Item) => Item | undefined> => {
    const items = (await batchGet(dynamo, [{ table, keys }])).get(table) ?? [];
    const byKey = new Map(items.map((item) => [nameOf(item), item]));
    return (key) => byKey.get(nameOf(key));
  };

  return {
    async take(devices) {
      const advanced = await Promise.all(
        devices.map((device) => unlessTransient(Promise.all([advance(device, 'ec'), advance(device, 'kem')]))),
      );
      const claims = devices.map((device, i) => advanced[i] && claim(device, advanced[i]));
      const item = await find(claims.flatMap((entry) => (entry ? Object.values(entry.keys) : [])));
      return claims.map((entry) => entry && taken(entry, item));
    },

    async stock(device) {
      const keys = {
        ec: partKey(device, PART.cursor('ec')),
        kem: partKey(device, PART.cursor('kem')),
        signed: partKey(device, PART.signed),
        lastResort: partKey(device, PART.lastResort),
      };
      const item = await find(Object.values(keys));
      const signed = item(keys.signed);
      const lastResort = item(keys.lastResort);
      return {
        ec: readCursor(item(keys.ec)),
        kem: readCursor(item(keys.kem)),
        standing: signed && lastResort && { signed: readSigned(signed), lastResort: readSigned(lastResort) },
      };
    },

    replace(device, { signed, lastResort }) {
      const items = [
        ...(signed ? [signedItem(device, PART.signed, signed)] : []),
        ...(lastResort ? [signedItem(device, PART.lastResort, lastResort)] : []),
      ];
      return besideTransactions(() => batchPut(dynamo, table, items));
    },

    removeAll(device) {
      return purge(dynamo, { table, partition: { name: 'device', value: installationKey(device) }, sort: 'part' });
    },
  };
}

/** The standing keys of a device that a list brings in. Part of the publication's transaction: nobody finds a device without keys. */
export function standingKeyWrites(table: string, device: Installation, keys: StandingKeys): TransactWriteItem[] {
  return [
    { Put: { TableName: table, Item: signedItem(device, PART.signed, keys.signed) } },
    { Put: { TableName: table, Item: signedItem(device, PART.lastResort, keys.lastResort) } },
  ];
}

/** The items that a taker has to read. */
interface Claim {
  readonly ec: Cursor | undefined;
  readonly kem: Cursor | undefined;
  readonly keys: { readonly signed: Item; readonly lastResort: Item; readonly ec?: Item; readonly kem?: Item };
}

function claim(device: Installation, [ec, kem]: readonly [Cursor | undefined, Cursor | undefined]): Claim {
  return {
    ec,
    kem,
    keys: {
      signed: partKey(device, PART.signed),
      lastResort: partKey(device, PART.lastResort),
      ...(isGiven(ec) ? { ec: partKey(device, PART.keys('ec', ec.page, ecFrameOf(ec.next - 1))) } : {}),
      ...(isGiven(kem) ? { kem: partKey(device, PART.keys('kem', kem.page, kem.next - 1)) } : {}),
    },
  };
}

function isGiven(cursor: Cursor | undefined): cursor is Cursor {
  return cursor !== undefined && cursor.next <= cursor.count;
}

function taken({ ec, kem, keys }: Claim, item: (key: Item) => Item | undefined): Taken | undefined {
  const signed = item(keys.signed);
  const lastResort = item(keys.lastResort);
  // Only while the device is being removed.
  if (!signed || !lastResort) return undefined;
  const ecFrame = keys.ec && item(keys.ec);
  const ecKey = ec && ecFrame && readEcKey(ecFrame, ec.next - 1);
  const kemKey = keys.kem && item(keys.kem);
  return {
    signed: readSigned(signed),
    kem: readSigned(kemKey ?? lastResort),
    lastResort: kemKey === undefined,
    ...(ecKey ? { ec: ecKey } : {}),
    left: { ec: ec ? left(ec) : 0, kem: kem ? left(kem) : 0 },
  };
}

function nameOf(item: Item): string {
  return `${item.device?.S}/${item.part?.S}`;
}

/** One device's trouble is not the others'; a defect is everybody's. */
async function unlessTransient<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isTransient(error)) return undefined;
    throw error;
  }
}
