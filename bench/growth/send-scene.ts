import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { base64UrlEncode } from '../../shared/protocol/base64url.ts';
import { presenceKey } from '../../shared/store/connections.ts';
import { HEAD, headAttributes } from '../../shared/store/device-list-head.ts';
import { entryKey } from '../../shared/store/device-lists.ts';
import { B, type Item, L, N, S } from '../../shared/store/items.ts';
import { frankingWeek } from '../../shared/trust/franking.ts';
import { seededBytes, TestAccount } from '../../test/support/identities.ts';
import { messageId, TOKEN, TOKEN_HASH } from '../../test/support/people.ts';

/** Names of tables by the environment variables that functions read. */
export const TABLES = {
  DEVICE_LISTS_TABLE: 'DeviceLists',
  CONNECTIONS_TABLE: 'Connections',
  MAILBOX_TABLE: 'Mailbox',
  EPHEMERA_TABLE: 'Ephemera',
  FRANKING_KEYS_TABLE: 'FrankingKeys',
} as const;

const alice = new TestAccount('alice');
const bob = new TestAccount('bob', 2);

/** What a send from Alice to Bob's devices reads, by table and key, as DynamoDB's JSON. */
export function items(): [string, unknown][] {
  const head = { ...bob.content, hash: bob.hash };
  const presences = [alice, bob].flatMap(({ account, content }) =>
    content.devices.map(({ id, registration }) => ({
      key: presenceKey(account, id),
      rest: {
        registration: N(registration),
        ticket: N(1),
        connection: S(`connection-${id}=`),
        connectedAt: N(Date.now()),
      },
    })),
  );
  const week = { week: N(frankingWeek(Date.now())) };
  return [
    entry('DeviceLists', entryKey(bob.account, HEAD), {
      ...headAttributes(head),
      created: N(0),
      tokens: L([B(TOKEN_HASH)]),
    }),
    ...presences.map(({ key, rest }) => entry('Connections', key, rest)),
    entry('FrankingKeys', week, { key: B(seededBytes('week')), expires: N(0) }),
  ];
}

const entry = (table: string, key: Item, rest: Item): [string, unknown] => [
  `${table} ${JSON.stringify(key)}`,
  wire({ ...key, ...rest }),
];

/** Bytes as base64, as DynamoDB's JSON has them. */
function wire(item: Item): unknown {
  return JSON.parse(
    JSON.stringify(item, (name, value: AttributeValue | Uint8Array) =>
      name === 'B' && value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
    ),
  );
}

/** A frame from Alice to so many of Bob's devices. */
export function sendEvent(devices: number, ciphertextBytes: number, i: number) {
  const [device] = alice.content.devices;
  const body = {
    action: 'message.send',
    id: `r${i}`,
    message: messageId(`message ${i}`),
    to: bob.account,
    token: base64UrlEncode(TOKEN),
    list: bob.content.sequence,
    commitment: base64UrlEncode(seededBytes('commitment')),
    ttl: 3_600,
    urgent: false,
    devices: bob.content.devices.slice(0, devices).map(({ id, registration }) => ({
      device: id,
      registration,
      type: 2,
      ciphertext: base64UrlEncode(seededBytes('ciphertext', ciphertextBytes)),
    })),
  };
  const authorizer = {
    kind: 'device',
    account: alice.account,
    device: '1',
    registration: String(device?.registration),
    ticket: '1',
  };
  const requestContext = {
    routeKey: 'message.send',
    connectionId: 'connection-1=',
    connectedAt: Date.now(),
    authorizer,
  };
  return { requestContext, body: JSON.stringify(body) };
}
