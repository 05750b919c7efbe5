import { TransactionCanceledException, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { beforeEach, expect, it } from 'vitest';
import { publications } from '../../../shared/store/publications.ts';
import { recordingClient } from './sent.ts';

const NOW = 1_800_000_000_999;
const TABLES = { deviceLists: 'DeviceLists', connections: 'Connections', preKeys: 'PreKeys', ephemera: 'Ephemera' };
const bytes = (value: number) => Uint8Array.of(value);
const signed = (id: number) => ({ id, key: bytes(id), signature: bytes(id) });
const entry = (id: number) => ({
  id,
  registration: 7,
  added: 3,
  identityKey: bytes(1),
  connectKey: bytes(2),
  newConversations: true,
});
const PUBLICATION = {
  list: {
    account: 'a',
    sequence: 3,
    hash: bytes(9),
    list: {
      payload: bytes(8),
      signatures: [{ alg: 'Ed25519' as const, by: new Uint8Array(32), signature: new Uint8Array(64) }],
    },
    history: bytes(7),
  },
  head: {
    sequence: 3,
    generation: 1,
    hash: bytes(9),
    accountKey: bytes(4),
    recoveryHash: bytes(5),
    time: 6,
    devices: [entry(2)],
  },
  added: [
    {
      device: { account: 'a', device: 2, registration: 7 },
      identity: { identityKey: bytes(1), connectKey: bytes(2) },
      keys: { signed: signed(1), lastResort: signed(2) },
    },
  ],
  removed: [{ account: 'a', device: 1, registration: 5 }],
};

const signatures = JSON.stringify([{ alg: 'Ed25519', by: 'A'.repeat(43), signature: 'A'.repeat(86) }]);
const LIST_PUT = {
  Put: {
    TableName: 'DeviceLists',
    Item: {
      account: { S: 'a' },
      entry: { S: 'list#00000003' },
      sequence: { N: '3' },
      hash: { B: bytes(9) },
      payload: { B: bytes(8) },
      signatures: { S: signatures },
      history: { B: bytes(7) },
    },
    ConditionExpression: 'attribute_not_exists(#account)',
    ExpressionAttributeNames: { '#account': 'account' },
  },
};
const DEVICES = {
  L: [
    {
      M: {
        id: { N: '2' },
        registration: { N: '7' },
        added: { N: '3' },
        identityKey: { B: bytes(1) },
        connectKey: { B: bytes(2) },
        newConversations: { BOOL: true },
      },
    },
  ],
};
const keyPut = (part: string, id: number) => ({
  Put: {
    TableName: 'PreKeys',
    Item: {
      device: { S: 'a#2#7' },
      part: { S: part },
      id: { N: String(id) },
      key: { B: bytes(id) },
      signature: { B: bytes(id) },
    },
  },
});
const MEMBERSHIP = [
  {
    Put: {
      TableName: 'Connections',
      Item: { account: { S: 'a' }, device: { N: '2' }, registration: { N: '7' }, ticket: { N: '0' } },
      ConditionExpression: 'attribute_not_exists(#account)',
      ExpressionAttributeNames: { '#account': 'account' },
    },
  },
  keyPut('signed', 1),
  keyPut('last-resort', 2),
  { Delete: { TableName: 'Connections', Key: { account: { S: 'a' }, device: { N: '1' } } } },
];

/** SHA-256 of the byte 01, and of 02. */
const KEYS = ['S_USLzRFVMU73i67jNK349FgCtYxw4Wl18ziPHeFRZo', '28G0yQD_5I1XW12lxjgEASX2XbD-PiRJS3bqmGRX2YY'].map(
  (sha256) => ({
    Put: {
      TableName: 'DeviceLists',
      Item: { account: { S: `key#${sha256}` }, entry: { S: 'key' }, owner: { S: 'a' } },
      ConditionExpression: 'attribute_not_exists(#account) OR #owner = :owner',
      ExpressionAttributeNames: { '#account': 'account', '#owner': 'owner' },
      ExpressionAttributeValues: { ':owner': { S: 'a' } },
    },
  }),
);

let client: ReturnType<typeof recordingClient>;
let store: ReturnType<typeof publications>;
beforeEach(() => {
  client = recordingClient();
  store = publications(client.dynamo, TABLES, () => NOW);
});

const cancelled = (...codes: string[]) =>
  new TransactionCanceledException({
    message: 'cancelled',
    $metadata: {},
    CancellationReasons: codes.map((Code) => ({ Code })),
  });

it('replace is one transaction on condition that the current list is the previous one', async () => {
  client.stub.on(TransactWriteItemsCommand).resolves({});
  expect(await store.replace(PUBLICATION, bytes(3))).toBeUndefined();
  expect(client.sent()).toEqual([
    {
      TransactWriteItemsCommand: {
        TransactItems: [
          LIST_PUT,
          {
            Update: {
              TableName: 'DeviceLists',
              Key: { account: { S: 'a' }, entry: { S: 'head' } },
              UpdateExpression:
                'SET #sequence = :sequence, #generation = :generation, #hash = :hash, #accountKey = :accountKey, #recoveryHash = :recoveryHash, #time = :time, #devices = :devices REMOVE #fresh',
              ConditionExpression: '#sequence = :previousSequence AND #hash = :previousHash',
              ExpressionAttributeNames: {
                '#sequence': 'sequence',
                '#generation': 'generation',
                '#hash': 'hash',
                '#accountKey': 'accountKey',
                '#recoveryHash': 'recoveryHash',
                '#time': 'time',
                '#devices': 'devices',
                '#fresh': 'fresh',
              },
              ExpressionAttributeValues: {
                ':sequence': { N: '3' },
                ':generation': { N: '1' },
                ':hash': { B: bytes(9) },
                ':accountKey': { B: bytes(4) },
                ':recoveryHash': { B: bytes(5) },
                ':time': { N: '6' },
                ':devices': DEVICES,
                ':previousSequence': { N: '2' },
                ':previousHash': { B: bytes(3) },
              },
            },
          },
          ...MEMBERSHIP,
          ...KEYS,
        ],
      },
    },
  ]);
});

it('create is one transaction that uses the invite up with it', async () => {
  client.stub.on(TransactWriteItemsCommand).resolves({});
  expect(await store.create(PUBLICATION, [bytes(1)], 'code')).toBeUndefined();
  expect(client.sent()).toEqual([
    {
      TransactWriteItemsCommand: {
        TransactItems: [
          LIST_PUT,
          {
            Put: {
              TableName: 'DeviceLists',
              Item: {
                account: { S: 'a' },
                entry: { S: 'head' },
                sequence: { N: '3' },
                generation: { N: '1' },
                hash: { B: bytes(9) },
                accountKey: { B: bytes(4) },
                recoveryHash: { B: bytes(5) },
                time: { N: '6' },
                devices: DEVICES,
                created: { N: String(NOW) },
                tokens: { L: [{ B: bytes(1) }] },
              },
              ConditionExpression: 'attribute_not_exists(#account)',
              ExpressionAttributeNames: { '#account': 'account' },
            },
          },
          ...MEMBERSHIP,
          ...KEYS,
          {
            Delete: {
              TableName: 'Ephemera',
              Key: { key: { S: 'invite#VpTQii5T_8rgwxA-Wtb2B2q9lg6x-KVldwQLwQKPcCs' }, part: { S: 'invite' } },
              ConditionExpression: 'attribute_exists(#key) AND #expires > :now',
              ExpressionAttributeNames: { '#key': 'key', '#expires': 'expires' },
              ExpressionAttributeValues: { ':now': { N: '1800000000' } },
            },
          },
        ],
      },
    },
  ]);
});

const FAILED = 'ConditionalCheckFailed';
/** Of list, head, four writes of membership, two keys, and the invite. */
const codes = (changed: Readonly<Record<number, string>>) => Array.from({ length: 9 }, (_, i) => changed[i] ?? 'None');
it.each([
  ['the list', codes({ 0: FAILED }), 'exists'],
  ['the head, while something else collided', codes({ 0: 'TransactionConflict', 1: FAILED }), 'exists'],
  ['the identity key', codes({ 6: FAILED }), 'key-taken'],
  ['the connect key', codes({ 7: FAILED, 8: FAILED }), 'key-taken'],
  ['a list that is there already, keys and all', codes({ 0: FAILED, 1: FAILED, 6: FAILED }), 'exists'],
  ['the invite', codes({ 8: FAILED }), 'invite'],
])('a failed condition of %s is an answer', async (_name, codes, refusal) => {
  client.stub.on(TransactWriteItemsCommand).rejects(cancelled(...codes));
  expect(await store.create(PUBLICATION, [], 'code')).toBe(refusal);
  expect(client.sent()).toHaveLength(1);
});

it('collisions are tried again, five times at most', async () => {
  const collision = cancelled('TransactionConflict', 'None');
  client.stub.on(TransactWriteItemsCommand).rejectsOnce(collision).rejectsOnce(collision).resolves({});
  expect(await store.replace(PUBLICATION, bytes(3))).toBeUndefined();
  expect(client.sent()).toHaveLength(3);
  client.stub.reset();
  client.stub.on(TransactWriteItemsCommand).rejects(collision);
  await expect(store.replace(PUBLICATION, bytes(3))).rejects.toMatchObject({ name: 'UnavailableError' });
  expect(client.sent()).toHaveLength(5);
});

it('what is wrong with the transaction itself is not tried again', async () => {
  client.stub.on(TransactWriteItemsCommand).rejects(cancelled('ValidationError', 'None'));
  await expect(store.replace(PUBLICATION, bytes(3))).rejects.toThrow(TransactionCanceledException);
  expect(client.sent()).toHaveLength(1);
});
