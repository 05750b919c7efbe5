import { PutItemCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { admission, type Connections, connections, expulsion, isCurrent } from '../../../shared/store/connections.ts';
import { N, S } from '../../../shared/store/items.ts';
import { startTables, type TestTables } from '../../support/tables.ts';

const HOUR = 3_600_000;

let tables: TestTables;
let sockets: Connections;
const clock = { time: Date.now() };
beforeAll(async () => {
  tables = await startTables();
  sockets = connections(tables.dynamo, tables.names.connections, () => clock.time);
});
afterAll(() => tables.close());

async function admitted(account: string, registration = 5) {
  const device = { account, device: 1, registration };
  const write = admission(tables.names.connections, device);
  await tables.dynamo.send(new TransactWriteItemsCommand({ TransactItems: [write] }));
  return device;
}

const socket = (connection: string) => ({ connection, connectedAt: clock.time });

it('a ticket number opens one connection, also for two at once', async () => {
  const device = await admitted('replay');
  const opened = await Promise.all(['a', 'b'].map((name) => sockets.open(device, 3, socket(name))));
  expect(opened.toSorted()).toEqual([false, true]);
  expect(await sockets.open(device, 3, socket('c'))).toBe(false);
  expect(await sockets.open(device, 2, socket('d'))).toBe(false);
  expect(await sockets.open(device, 4, socket('e'))).toBe(true);
});

it('of connections that open at once in any order the one with the highest number stays', async () => {
  const device = await admitted('newest wins');
  const numbers = Array.from({ length: 20 }, (_, i) => ((i * 7) % 20) + 1);
  await Promise.all(numbers.map((number) => sockets.open(device, number, socket(`s${number}`))));
  expect(await sockets.read('newest wins', 1)).toMatchObject({ ticket: 20, socket: { connection: 's20' } });
});

it('opening repeated for the same socket succeeds', async () => {
  const device = await admitted('repeated');
  expect(await sockets.open(device, 1, socket('a'))).toBe(true);
  expect(await sockets.open(device, 1, socket('a'))).toBe(true);
});

it('a late close leaves the socket that came after', async () => {
  const device = await admitted('late close');
  await sockets.open(device, 1, socket('old'));
  await sockets.open(device, 2, socket('new'));
  await sockets.close('late close', 1, 'old');
  expect((await sockets.read('late close', 1))?.socket?.connection).toBe('new');
  await sockets.close('late close', 1, 'new');
  expect((await sockets.read('late close', 1))?.socket).toBeUndefined();
});

it('a removed device does not come back by opening or closing', async () => {
  const device = await admitted('removed');
  await sockets.open(device, 1, socket('a'));
  const write = expulsion(tables.names.connections, device);
  await tables.dynamo.send(new TransactWriteItemsCommand({ TransactItems: [write] }));
  expect(await sockets.open(device, 2, socket('b'))).toBe(false);
  await sockets.close('removed', 1, 'a');
  expect(await sockets.read('removed', 1)).toBeUndefined();
});

it('another installation under the same id has another registration', async () => {
  await admitted('reused', 6);
  const before = { account: 'reused', device: 1, registration: 5 };
  expect(await sockets.open(before, 9, socket('a'))).toBe(false);
});

it('a ticket number is never set back by a repeated admission', async () => {
  const device = await admitted('admission');
  await sockets.open(device, 9, socket('a'));
  await expect(admitted('admission')).rejects.toThrow();
  expect(await sockets.open(device, 9, socket('b'))).toBe(false);
});

it('a socket older than the gateway lets live is none', async () => {
  const item = { account: S('old'), device: N(1), registration: N(5), ticket: N(1), connection: S('a') };
  const connectedAt = N(clock.time - 2 * HOUR - 5 * 60_000);
  await tables.dynamo.send(new PutItemCommand({ TableName: tables.names.connections, Item: { ...item, connectedAt } }));
  const presence = await sockets.read('old', 1);
  expect(presence?.socket).toBeUndefined();
  expect(isCurrent(presence, 5, 'a')).toBe(false);
});
