import { expect, it } from 'vitest';
import type { DeviceCaller } from '../../../functions/caller.ts';
import { send } from '../../../functions/message/send.ts';
import type { Presence } from '../../../shared/store/connections.ts';
import type { Found } from '../../../shared/store/directory.ts';
import type { Delivery } from '../../../shared/store/pushes.ts';
import { seededBytes, TestAccount } from '../../support/identities.ts';
import { messageTo, TOKEN_HASH } from '../../support/people.ts';

const NOW = Date.now();
const alice = new TestAccount('alice');
const bob = new TestAccount('bob');
const caller: DeviceCaller = {
  kind: 'device',
  account: alice.account,
  device: 1,
  registration: alice.device(1).registration,
  connection: 'of alice',
  ticket: 1,
};
const head = { ...bob.content, hash: bob.hash, created: 0, tokens: [TOKEN_HASH] };
const socketOf = (account: string, registration: number, connection: string): Presence => ({
  account,
  device: 1,
  registration,
  ticket: 1,
  socket: { connection, connectedAt: NOW },
});

/** What is pushed when the second reading finds this presence for Bob's device. */
async function pushedTo(presence: Presence): Promise<string[]> {
  const pushed: Delivery[] = [];
  const found: Found = {
    head: () => head,
    presence: ({ account }) =>
      account === alice.account ? socketOf(account, caller.registration, caller.connection) : presence,
  };
  const action = send({
    directory: { read: async () => found },
    lists: { listsAfter: async () => [] },
    mailbox: { put: async (_device, mail) => mail, remove: async () => {} },
    frankingKeys: { key: async () => seededBytes('week') },
    pushes: { push: async (deliveries) => void pushed.push(...deliveries) },
    limits: { use: async () => undefined },
    now: () => NOW,
  });
  await action({ action: 'message.send', id: 'a', ...messageTo(bob, [1]) }, caller);
  return pushed.map(({ to }) => to.socket?.connection ?? '');
}

// A batch read is no snapshot: the head may still name a device whose id another has taken by the time its connection is read.
it('a push goes to the installation that it was stored for, and to no successor with its id', async () => {
  const { registration } = bob.device(1);
  expect(await pushedTo(socketOf(bob.account, registration, 'of bob'))).toEqual(['of bob']);
  expect(await pushedTo(socketOf(bob.account, registration + 1, 'of a successor'))).toEqual([]);
});
