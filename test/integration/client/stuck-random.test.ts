// Machines whose random numbers repeat: restored snapshots, broken drivers. What follows is a refusal, never two devices with one key.

import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { AccountDraft } from '../../../client/identity/create-account.ts';
import { readOwn, requireOwn } from '../../../client/identity/own-account.ts';
import { Joining } from '../../../client/linking/joining.ts';
import { guestLinkServer } from '../../../client/linking/link-room.ts';
import { portableProvider } from '../../../client/signal-protocol/index.ts';
import { openMemoryStore } from '../../../client/storage/memory-store.ts';
import { nodePlatform } from '../../../client/transport/node-platform.ts';
import type { Platform } from '../../../client/transport/platform.ts';
import { guestOf, linkDevice, signUpDevice } from '../../support/devices.ts';
import { seededBytes } from '../../support/identities.ts';
import { type Sotto, startSotto } from '../../support/sotto.ts';

let sotto: Sotto;
beforeAll(async () => {
  sotto = await startSotto();
});
afterAll(() => sotto.close());
afterEach(() => vi.restoreAllMocks());

const honest = crypto.getRandomValues.bind(crypto);

/** The first bytes that are asked for are the same whenever this is called; what comes after them is random. */
function repeatFrom(seed: string, bytes: number): void {
  let given = 0;
  vi.spyOn(crypto, 'getRandomValues').mockImplementation((array) => {
    if (!(array instanceof Uint8Array) || given >= bytes) return honest(array);
    array.set(seededBytes(`${seed} ${given}`, array.length));
    given += array.length;
    return array;
  });
}

async function submitted(draft: AccountDraft) {
  const store = await openMemoryStore();
  const guest = await guestOf(sotto.url);
  try {
    await draft.submit(store, guest);
  } finally {
    guest.close();
  }
  return store;
}

/** Device keys come first, and the first of them is the identity key. */
it.each([
  ['the identity key', 32, 'key-taken'],
  ['everything', 10_000, 'account-exists'],
])('a second account of which %s repeats is refused, and nothing of it is stored', async (name, bytes, code) => {
  repeatFrom(name, bytes);
  const first = await AccountDraft.make(Date.now(), portableProvider);
  repeatFrom(name, bytes);
  const second = await AccountDraft.make(Date.now() + 1, portableProvider);
  vi.restoreAllMocks();
  const { identityKey } = await requireOwn(await submitted(first));
  const store = await openMemoryStore();
  const guest = await guestOf(sotto.url);
  await expect(second.submit(store, guest)).rejects.toMatchObject({ code });
  guest.close();
  expect(await readOwn(store)).toBeUndefined();
  expect(identityKey).toHaveLength(33);
});

it('an account whose keys are all made of one number is not even proposed', async () => {
  vi.spyOn(crypto, 'getRandomValues').mockImplementation((array) => {
    if (array instanceof Uint8Array) array.fill(7);
    return array;
  });
  await expect(AccountDraft.make(Date.now(), portableProvider)).rejects.toThrow('nobody would accept');
});

it('a device with somebody else’s keys is not linked, no list is signed, and the account goes on', async () => {
  const repeated = portableProvider.generateKeyPair();
  const platform: Platform = {
    ...nodePlatform,
    crypto: { ...portableProvider, generateKeyPair: () => repeated },
  };
  const [alice, bob] = [await signUpDevice(sotto.url), await signUpDevice(sotto.url)];
  const first = await linkDevice(sotto.url, alice, { platform });

  const guest = await guestOf(sotto.url, platform);
  const joining = await Joining.start({ server: guestLinkServer(guest), platform, name: 'the same again' });
  const linking = await bob.device.link(joining.code);
  const confirmed = linking.confirm().catch((error: unknown) => error);
  await joining.proposal();
  const store = await openMemoryStore();
  await expect(joining.confirm(store)).rejects.toMatchObject({ code: 'refused' });
  expect(await confirmed).toMatchObject({ code: 'bad-device' });
  guest.close();

  expect(await readOwn(store)).toBeUndefined();
  expect((await requireOwn(bob.store)).pending).toBeNull();
  // Whoever could be made to sign what can never be published could not publish anything again.
  const after = await bob.device.keyHolder.setNewConversations(1, false);
  expect(after.content).toMatchObject({ sequence: 2, devices: [{ id: 1 }] });
  for (const device of [alice, bob, first]) device.close();
});
