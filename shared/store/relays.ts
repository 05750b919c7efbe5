import {
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { conditionally } from './conditions.ts';
import { epochSeconds, L, N, S } from './items.ts';
import { type RelayRecord, type RelayState, readRelay, readState, relayAttributes, relayKey } from './relay-items.ts';

/** A relay reports so often, milliseconds. */
export const RELAY_HEARTBEAT_MS = 10_000;
/** After so long without a report a relay is stale, milliseconds: two reports may get lost. */
export const RELAY_STALE_MS = 30_000;
/** So long after its last report a relay's item has expired, milliseconds. */
const RELAY_KEPT_MS = 5 * 60_000;
/** The one fleet of a deployment. */
export const MAIN_FLEET = 'main';

/** What a relay reports. */
export type Beat = Pick<RelayRecord, 'load' | 'secrets'>;

/** The relays that run, by their own account. */
export interface RelayRegistry {
  /** Every relay whose item has not expired: active ones, stale ones and draining ones. Strong. */
  list(): Promise<RelayRecord[]>;
  /** Puts a relay in, active. False when one of that name is there and draining. */
  register(record: Omit<RelayRecord, 'state' | 'heartbeat'>): Promise<boolean>;
  /** Reports that a relay is alive. Returns its state, in which others may have a say; `gone` when it is not registered (any more). */
  beat(relay: string, beat: Beat): Promise<RelayState | 'gone'>;
  /** Lets a relay have no new calls from now on, for good. Does nothing when it is not there. */
  drain(relay: string): Promise<void>;
  /** Takes a relay out. */
  remove(relay: string): Promise<void>;
  /** Takes a relay out that was last heard of at `heartbeat`. Does nothing when it was heard of since. */
  forget(relay: string, heartbeat: number): Promise<void>;
}

/** Whether a relay may be handed out: it is active and was heard of lately. */
export function isUsable({ state, heartbeat }: RelayRecord, now: number): boolean {
  return state === 'active' && heartbeat + RELAY_STALE_MS > now;
}

export function relayRegistry(
  dynamo: DynamoDBClient,
  table: string,
  now: () => number,
  fleet = MAIN_FLEET,
): RelayRegistry {
  const lastingFrom = (at: number) => N(epochSeconds(at + RELAY_KEPT_MS));

  return {
    async list() {
      // A fleet has tens of relays and an item half a kilobyte: one page.
      const { Items = [] } = await dynamo.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: '#fleet = :fleet',
          FilterExpression: '#expires > :now',
          ExpressionAttributeNames: { '#fleet': 'fleet', '#expires': 'expires' },
          ExpressionAttributeValues: { ':fleet': S(fleet), ':now': N(epochSeconds(now())) },
          ConsistentRead: true,
        }),
      );
      return Items.map(readRelay);
    },

    async register(record) {
      const at = now();
      const { written } = await conditionally(() =>
        dynamo.send(
          new PutItemCommand({
            TableName: table,
            Item: {
              ...relayKey(fleet, record.relay),
              ...relayAttributes({ ...record, state: 'active', heartbeat: at }),
              expires: lastingFrom(at),
            },
            // Closes: a relay that is told to drain while it registers, or registers again, and would become active by that.
            ConditionExpression: 'attribute_not_exists(#relay) OR #state = :active OR #expires <= :now',
            ExpressionAttributeNames: { '#relay': 'relay', '#state': 'state', '#expires': 'expires' },
            ExpressionAttributeValues: { ':active': S('active'), ':now': N(epochSeconds(at)) },
          }),
        ),
      );
      return written;
    },

    async beat(relay, { load, secrets }) {
      const at = now();
      const outcome = await conditionally(() =>
        dynamo.send(
          new UpdateItemCommand({
            TableName: table,
            Key: relayKey(fleet, relay),
            // Not the state: a beat must not take back that somebody drains the relay.
            UpdateExpression: 'SET #heartbeat = :heartbeat, #load = :load, #secrets = :secrets, #expires = :expires',
            // Closes: a late beat bringing back a relay that was taken out, as an item without an address.
            ConditionExpression: 'attribute_exists(#relay)',
            ExpressionAttributeNames: {
              '#relay': 'relay',
              '#heartbeat': 'heartbeat',
              '#load': 'load',
              '#secrets': 'secrets',
              '#expires': 'expires',
            },
            ExpressionAttributeValues: {
              ':heartbeat': N(at),
              ':load': N(load),
              ':secrets': L(secrets.map(S)),
              ':expires': lastingFrom(at),
            },
            ReturnValues: 'ALL_NEW',
          }),
        ),
      );
      return outcome.written ? readState(outcome.output.Attributes ?? {}) : 'gone';
    },

    async drain(relay) {
      await conditionally(() =>
        dynamo.send(
          new UpdateItemCommand({
            TableName: table,
            Key: relayKey(fleet, relay),
            UpdateExpression: 'SET #state = :draining',
            // Closes: draining a relay that has just been taken out, which would leave an item without an address.
            ConditionExpression: 'attribute_exists(#relay)',
            ExpressionAttributeNames: { '#relay': 'relay', '#state': 'state' },
            ExpressionAttributeValues: { ':draining': S('draining') },
          }),
        ),
      );
    },

    async remove(relay) {
      await dynamo.send(new DeleteItemCommand({ TableName: table, Key: relayKey(fleet, relay) }));
    },

    async forget(relay, heartbeat) {
      await conditionally(() =>
        dynamo.send(
          new DeleteItemCommand({
            TableName: table,
            Key: relayKey(fleet, relay),
            // Closes: ECS not listing a task that runs, as its answers may be late, while the task goes on reporting.
            ConditionExpression: '#heartbeat = :heartbeat',
            ExpressionAttributeNames: { '#heartbeat': 'heartbeat' },
            ExpressionAttributeValues: { ':heartbeat': N(heartbeat) },
          }),
        ),
      );
    },
  };
}
