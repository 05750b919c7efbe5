import type { DynamoDBClient, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { admission, expulsion } from './connections.ts';
import { type DeviceKeyPair, reservations } from './device-keys.ts';
import { HEAD, type HeadOfList, headAttributes } from './device-list-head.ts';
import { listItem, type StoredList } from './device-list-items.ts';
import { entryKey } from './device-lists.ts';
import type { Installation } from './installation.ts';
import { redemption } from './invites.ts';
import { B, L, N } from './items.ts';
import { type StandingKeys, standingKeyWrites } from './prekeys.ts';
import { type Step, transact } from './transaction.ts';

/** A list that was accepted, and what it changes. */
export interface Publication {
  readonly list: StoredList;
  readonly head: HeadOfList;
  readonly added: readonly AddedDevice[];
  readonly removed: readonly Installation[];
}

export interface AddedDevice {
  readonly device: Installation;
  readonly identity: DeviceKeyPair;
  readonly keys: StandingKeys;
}

/**
 * Makes lists current. Each call is one transaction: a list without its head, or a head without its devices' membership and keys,
 * could not be mended by repeating the request.
 */
export interface Publications {
  /** Creates an account; with an invite code, uses that up. Undefined when it is done; `key-taken` when a key of its device is another account's. */
  create(
    publication: Publication,
    tokens: readonly Uint8Array[],
    invite: string | undefined,
  ): Promise<undefined | 'exists' | 'key-taken' | 'invite'>;
  /** Replaces the list with `previous` as its hash. Undefined when it is done; `stale` when another list has come first, `key-taken` as above. */
  replace(publication: Publication, previous: Uint8Array): Promise<undefined | 'stale' | 'key-taken'>;
}

export interface PublicationTables {
  readonly deviceLists: string;
  readonly connections: string;
  readonly preKeys: string;
  readonly ephemera: string;
}

export function publications(dynamo: DynamoDBClient, tables: PublicationTables, now: () => number): Publications {
  return {
    create(publication, tokens, invite) {
      const { account } = publication.list;
      const head: TransactWriteItem = {
        Put: {
          TableName: tables.deviceLists,
          Item: {
            ...entryKey(account, HEAD),
            ...headAttributes(publication.head),
            created: N(now()),
            tokens: L(tokens.map(B)),
          },
          // Closes: an account created again over its own later lists.
          ConditionExpression: 'attribute_not_exists(#account)',
          ExpressionAttributeNames: { '#account': 'account' },
        },
      };
      const steps: Step<'exists' | 'key-taken' | 'invite'>[] = [
        { refusal: 'exists', write: listPut(tables.deviceLists, publication.list) },
        { refusal: 'exists', write: head },
        ...membership(tables, publication).map((write) => ({ refusal: 'exists' as const, write })),
        ...keySteps(tables, publication),
      ];
      if (invite !== undefined) steps.push({ refusal: 'invite', write: redemption(tables.ephemera, invite, now()) });
      return transact(dynamo, steps);
    },

    replace(publication, previous) {
      const writes = [
        listPut(tables.deviceLists, publication.list),
        headUpdate(tables.deviceLists, publication, previous),
        ...membership(tables, publication),
      ];
      return transact(dynamo, [
        ...writes.map((write) => ({ refusal: 'stale' as const, write })),
        ...keySteps(tables, publication),
      ]);
    },
  };
}

function listPut(table: string, list: StoredList): TransactWriteItem {
  return {
    Put: {
      TableName: table,
      Item: listItem(list),
      // Closes: two lists published at once with one sequence; a chain that was once shown is never rewritten.
      ConditionExpression: 'attribute_not_exists(#account)',
      ExpressionAttributeNames: { '#account': 'account' },
    },
  };
}

function headUpdate(table: string, { list, head }: Publication, previous: Uint8Array): TransactWriteItem {
  const attributes = headAttributes(head);
  const names = Object.keys(attributes);
  return {
    Update: {
      TableName: table,
      Key: entryKey(list.account, HEAD),
      // The freshness statement was for the list before.
      UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')} REMOVE #fresh`,
      // Closes: two lists published at once on top of one; of them one is accepted.
      ConditionExpression: '#sequence = :previousSequence AND #hash = :previousHash',
      ExpressionAttributeNames: { ...Object.fromEntries(names.map((name) => [`#${name}`, name])), '#fresh': 'fresh' },
      ExpressionAttributeValues: {
        ...Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`:${name}`, value])),
        ':previousSequence': N(list.sequence - 1),
        ':previousHash': B(previous),
      },
    },
  };
}

/** Last of the list's own writes: a list that is late for its place is late, whatever became of its keys. */
function keySteps({ deviceLists }: PublicationTables, { list, added }: Publication): Step<'key-taken'>[] {
  return added
    .flatMap(({ identity }) => reservations(deviceLists, list.account, identity))
    .map((put) => ({ refusal: 'key-taken', write: { Put: put } }));
}

/** At most eight devices each way, 48 writes: with their keys, the list, the head and an invite well below a transaction's 100 writes. */
function membership(tables: PublicationTables, { added, removed }: Publication): TransactWriteItem[] {
  return [
    ...added.flatMap(({ device, keys }) => [
      admission(tables.connections, device),
      ...standingKeyWrites(tables.preKeys, device, keys),
    ]),
    ...removed.map((device) => expulsion(tables.connections, device)),
  ];
}
