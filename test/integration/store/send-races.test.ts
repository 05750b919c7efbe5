import { afterAll, beforeAll, expect, it } from 'vitest';
import { publicationOf } from '../../../functions/account/publication.ts';
import { clearRemoved } from '../../../functions/account/removal.ts';
import type { DeviceCaller } from '../../../functions/caller.ts';
import { send } from '../../../functions/message/send.ts';
import { type Connections, connections } from '../../../shared/store/connections.ts';
import { deviceLists } from '../../../shared/store/device-lists.ts';
import { type Directory, directory } from '../../../shared/store/directory.ts';
import { frankingKeys } from '../../../shared/store/franking-keys.ts';
import type { Installation } from '../../../shared/store/installation.ts';
import { type Mailbox, mailbox } from '../../../shared/store/mailbox.ts';
import { preKeys } from '../../../shared/store/prekeys.ts';
import { publications } from '../../../shared/store/publications.ts';
import type { Delivery, Pushes } from '../../../shared/store/pushes.ts';
import { rateLimits } from '../../../shared/store/rate-limits.ts';
import { accept } from '../../../shared/trust/acceptance.ts';
import { TestAccount } from '../../support/identities.ts';
import { devicePreKeys, messageTo, TOKEN_HASH } from '../../support/people.ts';
import { startTables, type TestTables } from '../../support/tables.ts';

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

const installation = (account: TestAccount, device: number): Installation => ({
  account: account.account,
  device,
  registration: account.device(device).registration,
});

async function created(seed: string, devices = 1): Promise<TestAccount> {
  const account = new TestAccount(seed, devices);
  const accepted = accept(account.expected, null, account.lists);
  if (accepted.kind !== 'accepted') throw new Error(accepted.kind);
  const keys = account.content.devices.map(({ id }) => devicePreKeys(account, id));
  const publication = publicationOf(accepted.pinned, { added: account.content.devices, removed: [] }, keys);
  await publications(tables.dynamo, tables.names, now).create(publication, [TOKEN_HASH], undefined);
  return account;
}

/** What `account.publish` does for a list that removes device 2, in its two steps. */
function removal(account: TestAccount) {
  const [before] = [account.hash];
  const removed = installation(account, 2);
  const pinned = accept(account.expected, null, account.lists);
  const list = account.publish({ remove: [2] });
  if (pinned.kind !== 'accepted') throw new Error(pinned.kind);
  const accepted = accept(account.expected, pinned.pinned, [list]);
  if (accepted.kind !== 'accepted' || !accepted.changes[0]) throw new Error(accepted.kind);
  const publication = publicationOf(accepted.pinned, accepted.changes[0], []);
  return {
    removed,
    commit: () => publications(tables.dynamo, tables.names, now).replace(publication, before),
    clear: () =>
      clearRemoved([removed], [], {
        mailbox: mail,
        preKeys: preKeys(tables.dynamo, tables.names.preKeys),
        pushes: { end: async () => undefined },
      }),
  };
}

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

async function caller(account: TestAccount): Promise<DeviceCaller> {
  const device = installation(account, 1);
  await sockets.open(device, 1, { connection: account.account, connectedAt: now() });
  return { kind: 'device', ...device, connection: account.account, ticket: 1 };
}

const once = (work: () => Promise<unknown>) => {
  let done: Promise<unknown> | undefined;
  return () => {
    done ??= work();
    return done;
  };
};

it.each([
  'beforeStoring',
  'afterStoring',
] as const)('a device that is removed %s gets nothing and keeps nothing, and is reported', async (moment) => {
  const alice = await caller(await created(`alice ${moment}`));
  const bob = await created(`bob ${moment}`, 2);
  const message = { action: 'message.send' as const, id: 'a', ...messageTo(bob, [1, 2]) };
  const { removed, commit, clear } = removal(bob);
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
  const alice = await caller(await created('alice push'));
  const bob = await created('bob push', 2);
  const message = { action: 'message.send' as const, id: 'a', ...messageTo(bob, [1, 2]) };
  const { removed, commit, clear } = removal(bob);
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
  const alice = await caller(await created(`connect alice ${moment}`));
  const bob = await created(`connect bob ${moment}`);
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
