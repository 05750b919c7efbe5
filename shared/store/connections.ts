import {
  type DynamoDBClient,
  GetItemCommand,
  type TransactWriteItem,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { CONNECTION_MS } from '../protocol/limits.ts';
import { conditionally } from './conditions.ts';
import type { Installation } from './installation.ts';
import { type Item, N, number, numberIn, S, text } from './items.ts';

/** An open socket, as far as anybody knows. */
export interface Socket {
  readonly connection: string;
  /** Milliseconds since 1970. */
  readonly connectedAt: number;
}

/** What is kept for a device for exactly as long as it is in its account's list. */
export interface Presence extends Installation {
  /** The highest ticket number that opened a connection; 0 before the first. */
  readonly ticket: number;
  /** Absent when the device is not connected. */
  readonly socket?: Socket;
}

/** Who may speak for a device, and where it is reached. */
export interface Connections {
  /** Strong. Undefined when the device is in no list. */
  read(account: string, device: number): Promise<Presence | undefined>;
  /**
   * Makes the socket the device's only one and uses the ticket number up. False when the number was used before, the device is in no
   * list, or it has another registration. Repeating it for the same socket succeeds.
   */
  open(device: Installation, ticket: number, socket: Socket): Promise<boolean>;
  /** Forgets a socket that is gone. Does nothing when the device has another one by now. */
  close(account: string, device: number, connection: string): Promise<void>;
}

export function connections(dynamo: DynamoDBClient, table: string, now: () => number): Connections {
  return {
    async read(account, device) {
      const { Item } = await dynamo.send(
        new GetItemCommand({ TableName: table, Key: presenceKey(account, device), ConsistentRead: true }),
      );
      return Item && readPresence(Item, now());
    },

    async open({ account, device, registration }, ticket, { connection, connectedAt }) {
      const outcome = await conditionally(() =>
        dynamo.send(
          new UpdateItemCommand({
            TableName: table,
            Key: presenceKey(account, device),
            UpdateExpression: 'SET #connection = :connection, #ticket = :ticket, #connectedAt = :connectedAt',
            // Closes: a ticket used twice; an older socket overtaking a newer one; and a device connecting while it is removed
            // (its item is gone, and this update must not bring it back), also when its id was given to another installation.
            ConditionExpression: 'attribute_exists(#account) AND #registration = :registration AND #ticket < :ticket',
            ExpressionAttributeNames: {
              '#account': 'account',
              '#registration': 'registration',
              '#connection': 'connection',
              '#ticket': 'ticket',
              '#connectedAt': 'connectedAt',
            },
            ExpressionAttributeValues: {
              ':registration': N(registration),
              ':connection': S(connection),
              ':ticket': N(ticket),
              ':connectedAt': N(connectedAt),
            },
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        ),
      );
      // The SDK repeats a write whose answer was lost: then the item is in the way of itself.
      return outcome.written || outcome.existing?.connection?.S === connection;
    },

    async close(account, device, connection) {
      await conditionally(() =>
        dynamo.send(
          new UpdateItemCommand({
            TableName: table,
            Key: presenceKey(account, device),
            UpdateExpression: 'REMOVE #connection, #connectedAt',
            // Closes: a late $disconnect, or a late 410, of an old socket taking away the one that replaced it.
            ConditionExpression: '#connection = :connection',
            ExpressionAttributeNames: { '#connection': 'connection', '#connectedAt': 'connectedAt' },
            ExpressionAttributeValues: { ':connection': S(connection) },
          }),
        ),
      );
    },
  };
}

/** Whether a connection is still its device's. False for a device that was removed, or that has connected anew. */
export function isCurrent(presence: Presence | undefined, registration: number, connection: string): boolean {
  return presence?.registration === registration && presence.socket?.connection === connection;
}

export function presenceKey(account: string, device: number): Item {
  return { account: S(account), device: N(device) };
}

/** @throws MalformedItemError */
export function readPresence(item: Item, now: number): Presence {
  const presence = {
    account: text(item, 'account'),
    device: number(item, 'device'),
    registration: number(item, 'registration'),
    ticket: number(item, 'ticket'),
  };
  const connectedAt = numberIn(item, 'connectedAt');
  // A $disconnect can get lost; API Gateway ends a connection after two hours whatever is written here.
  if (connectedAt === undefined || connectedAt + CONNECTION_MS <= now) return presence;
  return { ...presence, socket: { connection: text(item, 'connection'), connectedAt } };
}

/** Admits a device that a list brings in. Part of the publication's transaction. */
export function admission(table: string, { account, device, registration }: Installation): TransactWriteItem {
  return {
    Put: {
      TableName: table,
      Item: { ...presenceKey(account, device), registration: N(registration), ticket: N(0) },
      // Closes: a publication that is repeated by the SDK or by a client setting the ticket number back to 0.
      ConditionExpression: 'attribute_not_exists(#account)',
      ExpressionAttributeNames: { '#account': 'account' },
    },
  };
}

/** Takes a device out. Part of the publication's transaction: from then on nothing that it sends is accepted. */
export function expulsion(table: string, { account, device }: Installation): TransactWriteItem {
  return { Delete: { TableName: table, Key: presenceKey(account, device) } };
}
