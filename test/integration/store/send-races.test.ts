import { afterAll, beforeAll, expect, it } from 'vitest';
import { send } from '../../../functions/message/send.ts';
import { type Connections, connections } from '../../../shared/store/connections.ts';
import { deviceLists } from '../../../shared/store/device-lists.ts';
import { type Directory, directory } from '../../../shared/store/directory.ts';
import { frankingKeys } from '../../../shared/store/franking-keys.ts';
import { type Mailbox, mailbox } from '../../../shared/store/mailbox.ts';
import type { Delivery, Pushes } from '../../../shared/store/pushes.ts';
import { rateLimits } from '../../../shared/store/rate-limits.ts';
import { messageTo } from '../../support/people.ts';
import { startTables, type TestTables } from '../../support/tables.ts';
import { caller, created, installation, once, removal } from './membership.ts';

/** Something that happens exactly before or after one step of a send. */
interface Moments {
  readonly beforeStoring?: () => Promise<unknown>;
  readonly afterStoring?: () => Promise<unknown>;
  readonly beforePushing?: () => Promise<unknown>;
}

let tables: TestTables;
let sockets: Connections;
let mail: Mailbox;
let reading: Directory;
const now = () => Date.now();
beforeAll(async () => {
  tables = await startTables();
  sockets = connections(tables.dynamo, tables.names.connections, now);
  mail = mailbox(tables.dynamo, tables.names.mailbox, now);
  reading = directory(tables.dynamo, tables.names, now);
});
afterAll(() => tables.close());

function sending(moments: Moments) {
  const pushed: Delivery[] = [];
  let reads = 0;
  const watched: Directory = {
    async read(accounts, devices) {
      // The second reading is the one after storing.
      if (++reads === 2) await moments.afterStoring?.();
      return reading.read(accounts, devices);
    },
  };
  const storing: Pick<Mailbox, 'put' | 'remove'> = {
    async put(device, one) {
      await moments.beforeStoring?.();
      return mail.put(device, one);
    },
    remove: (device, names) => mail.remove(device, names),
  };
  const pushes: Pick<Pushes, 'push'> = {
    async push(deliveries) {
      await moments.beforePushing?.();
      pushed.push(...deliveries.filter(({ to }) => to.socket));
    },
  };
  const action = send({
    directory: watched,
    lists: deviceLists(tables.dynamo, tables.names.deviceLists),
    mailbox: storing,
    frankingKeys: frankingKeys(tables.dynamo, tables.names.frankingKeys, now),
    pushes,
    limits: rateLimits(tables.dynamo, tables.names.ephemera, now),
    now,
  });
  return { action, pushed };
}

it.each([
  'beforeStoring',
  'afterStoring',
] as const)('a device that is removed %s gets nothing and keeps nothing, and is reported', async (moment) => {
  const alice = await caller(tables, await created(tables, `alice ${moment}`));
  const bob = await created(tables, `bob ${moment}`, 2);
  const message = { action: 'message.send' as const, id: 'a', ...messageTo(bob, [1, 2]) };
  const { removed, commit, clear } = removal(tables, bob);
  const { action, pushed } = sending({
    [moment]: once(async () => {
      expect(await commit()).toBeUndefined();
      await clear();
    }),
  });
  const reply = await action(message, alice);
  expect(reply.devices.map(({ status }) => status)).toEqual(['stored', 'unknown']);
  expect(reply.sequence).toBe(2);
  expect(reply.lists).toHaveLength(1);
  expect((await mail.page(removed)).mail).toEqual([]);
  expect((await mail.page(installation(bob, 1))).mail).toHaveLength(1);
  expect(pushed).toEqual([]);
});

it('a device that is removed while its mail is pushed has its mail deleted by the removal', async () => {
  const alice = await caller(tables, await created(tables, 'alice push'));
  const bob = await created(tables, 'bob push', 2);
  const message = { action: 'message.send' as const, id: 'a', ...messageTo(bob, [1, 2]) };
  const { removed, commit, clear } = removal(tables, bob);
  const { action } = sending({
    beforePushing: once(async () => {
      await commit();
      await clear();
    }),
  });
  await action(message, alice);
  expect((await mail.page(removed)).mail).toEqual([]);
});

it.each([
  ['beforeStoring', 'either pushed or found by its first pull'],
  ['afterStoring', 'either pushed or found by its first pull'],
  ['beforePushing', 'found by its first pull'],
] as const)('mail for a device that connects %s is %s', async (moment, _how) => {
  const alice = await caller(tables, await created(tables, `connect alice ${moment}`));
  const bob = await created(tables, `connect bob ${moment}`);
  const device = installation(bob, 1);
  let pulled = 0;
  const { action, pushed } = sending({
    [moment]: once(async () => {
      await sockets.open(device, 1, { connection: 'new', connectedAt: now() });
      pulled = (await mail.page(device)).mail.length;
    }),
  });
  await action({ action: 'message.send', id: 'a', ...messageTo(bob, [1]) }, alice);
  expect(pushed.length + pulled).toBeGreaterThan(0);
});
