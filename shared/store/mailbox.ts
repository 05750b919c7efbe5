import { type DynamoDBClient, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { ACKS_PER_FRAME } from '../protocol/limits.ts';
import { batchDelete } from './batch.ts';
import { conditionally } from './conditions.ts';
import { type Installation, installationKey } from './installation.ts';
import { B, BOOL, bytes, epochSeconds, flag, type Item, N, number, S, text } from './items.ts';
import { purge } from './purge.ts';

/** Names one copy of a message in a device's mailbox. */
export interface MailName {
  /** UUIDv7 by the sending client: names sort by time. */
  readonly message: string;
  readonly sender: string;
  readonly senderDevice: number;
}

/** One copy of a message, for one device. */
export interface Mail extends MailName {
  /** 2 a message of a session, 3 one that begins a session. */
  readonly type: 2 | 3;
  readonly ciphertext: Uint8Array;
  readonly commitment: Uint8Array;
  /** The franking tag of the time and week below. */
  readonly stamp: Uint8Array;
  readonly week: number;
  /** When the server accepted it, milliseconds since 1970. */
  readonly received: number;
  readonly urgent: boolean;
  /** Seconds since 1970. From then on it does not exist, whether or not it was deleted. */
  readonly expires: number;
}

export interface Page {
  readonly mail: readonly Mail[];
  /** Where the next page begins; absent at the end. */
  readonly next?: string;
}

/** Mail waiting for devices. */
export interface Mailbox {
  /**
   * Stores a copy durably unless one of that name is there. Returns the copy that is there afterwards: the given one, or the one of
   * an earlier attempt. Whoever compares the commitments knows whether it is the same message.
   */
  put(device: Installation, mail: Mail): Promise<Mail>;
  /** Mail after a position, oldest first, at most 25 copies. Strong: mail stored before is there. A page may be empty and have a next. */
  page(device: Installation, after?: string): Promise<Page>;
  /** Deletes exactly these copies, which must differ; those that are not there are ignored. */
  remove(device: Installation, names: readonly MailName[]): Promise<void>;
  /** Deletes everything that was stored for the device before. */
  removeAll(device: Installation): Promise<void>;
}

/** Before every message id. */
const FIRST = '0';

export function mailbox(dynamo: DynamoDBClient, table: string, now: () => number): Mailbox {
  return {
    async put(device, mail) {
      const outcome = await conditionally(() =>
        dynamo.send(
          new PutItemCommand({
            TableName: table,
            Item: mailItem(device, mail),
            // Closes: a repeated send replacing the first copy and its stamp, or delivering it anew. An expired copy that TTL has not
            // got round to does not exist.
            ConditionExpression: 'attribute_not_exists(#message) OR #expires <= :now',
            ExpressionAttributeNames: { '#message': 'message', '#expires': 'expires' },
            ExpressionAttributeValues: { ':now': N(epochSeconds(now())) },
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        ),
      );
      return !outcome.written && outcome.existing ? readMail(outcome.existing) : mail;
    },

    async page(device, after = FIRST) {
      const { Items = [], LastEvaluatedKey } = await dynamo.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: '#device = :device AND #message > :after',
          // Closes: TTL deletes days late; what has expired must not be delivered.
          FilterExpression: '#expires > :now',
          ExpressionAttributeNames: { '#device': 'device', '#message': 'message', '#expires': 'expires' },
          ExpressionAttributeValues: {
            ':device': S(installationKey(device)),
            ':after': S(after),
            ':now': N(epochSeconds(now())),
          },
          // As many as one frame acknowledges. The cost of a page does not depend on how much is waiting.
          Limit: ACKS_PER_FRAME,
          ConsistentRead: true,
        }),
      );
      const page = { mail: Items.map(readMail) };
      return LastEvaluatedKey ? { ...page, next: text(LastEvaluatedKey, 'message') } : page;
    },

    remove(device, names) {
      return batchDelete(
        dynamo,
        table,
        names.map((name) => mailKey(device, name)),
      );
    },

    removeAll(device) {
      return purge(dynamo, { table, partition: { name: 'device', value: installationKey(device) }, sort: 'message' });
    },
  };
}

/** Sort key of a copy. The sender is part of it: two senders cannot take each other's message ids. */
export function mailPosition({ message, sender, senderDevice }: MailName): string {
  return `${message}#${sender}#${senderDevice}`;
}

function mailKey(device: Installation, name: MailName): Item {
  return { device: S(installationKey(device)), message: S(mailPosition(name)) };
}

function mailItem(device: Installation, mail: Mail): Item {
  return {
    ...mailKey(device, mail),
    sender: S(mail.sender),
    senderDevice: N(mail.senderDevice),
    type: N(mail.type),
    ciphertext: B(mail.ciphertext),
    commitment: B(mail.commitment),
    stamp: B(mail.stamp),
    week: N(mail.week),
    received: N(mail.received),
    urgent: BOOL(mail.urgent),
    expires: N(mail.expires),
  };
}

function readMail(item: Item): Mail {
  return {
    message: text(item, 'message').split('#', 1)[0] ?? '',
    sender: text(item, 'sender'),
    senderDevice: number(item, 'senderDevice'),
    type: number(item, 'type') === 3 ? 3 : 2,
    ciphertext: bytes(item, 'ciphertext'),
    commitment: bytes(item, 'commitment'),
    stamp: bytes(item, 'stamp'),
    week: number(item, 'week'),
    received: number(item, 'received'),
    urgent: flag(item, 'urgent'),
    expires: number(item, 'expires'),
  };
}
