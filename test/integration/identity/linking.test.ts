import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readOwn } from '../../../client/identity/own-account.ts';
import { forgetJoin, Joining } from '../../../client/linking/joining.ts';
import { guestLinkServer } from '../../../client/linking/link-room.ts';
import { openMemoryStore } from '../../../client/storage/memory-store.ts';
import { nodePlatform } from '../../../client/transport/node-platform.ts';
import { guestOf, linkDevice, RunningDevice, signUpDevice } from '../../support/devices.ts';
import { type Sotto, startSotto } from '../../support/sotto.ts';

let sotto: Sotto;
beforeAll(async () => {
  sotto = await startSotto();
});
afterAll(() => sotto.close());

async function newDevice(name = 'Firefox on a laptop') {
  const guest = await guestOf(sotto.url);
  const joining = await Joining.start({ server: guestLinkServer(guest), platform: nodePlatform, name });
  return { joining, guest, store: await openMemoryStore() };
}

const devicesOf = async (device: RunningDevice) =>
  (await device.device.accounts.get(device.account))?.pinned.content.devices.map(({ id }) => id);

describe('linking', () => {
  it('shows one code on both screens, waits for both people, and the device is there for everybody', async () => {
    const [alice, bob] = [await signUpDevice(sotto.url), await signUpDevice(sotto.url)];
    await bob.device.addContact(alice.contact);
    await bob.say(alice, 'before');
    const { joining, guest, store } = await newDevice();
    const linking = await alice.device.link(joining.code.toLowerCase().replaceAll(' ', '-'));
    expect(linking.request).toEqual({ name: 'Firefox on a laptop', shortCode: await joining.shortCode() });
    expect(await devicesOf(alice)).toEqual([1]);
    const confirmed = linking.confirm();
    const proposal = await joining.proposal();
    expect(proposal).toEqual({ account: alice.account, shortCode: linking.request.shortCode });
    expect(await readOwn(store)).toBeUndefined();
    await joining.confirm(store);
    expect((await confirmed).content.devices.map(({ id }) => id)).toEqual([1, 2]);
    guest.close();
    expect(await alice.isTold('devices')).toMatchObject({ account: alice.account, added: [2], removed: [] });
    const second = await RunningDevice.open({ url: sotto.url, store });
    await bob.say(alice, 'to both');
    await Promise.all([alice.hears('to both'), second.hears('to both')]);
    expect(second.texts).not.toContain('before');
    expect(await bob.isTold('devices')).toMatchObject({ account: alice.account, added: [2] });
    for (const device of [alice, bob, second]) device.close();
  });

  it('ends when the person at the key holder says no, and nothing is left behind', async () => {
    const alice = await signUpDevice(sotto.url);
    const { joining, guest, store } = await newDevice();
    const linking = await alice.device.link(joining.code);
    const proposal = joining.proposal();
    await Promise.all([linking.refuse(), expect(proposal).rejects.toMatchObject({ code: 'refused' })]);
    expect(await readOwn(store)).toBeUndefined();
    expect(await devicesOf(alice)).toEqual([1]);
    guest.close();
    alice.close();
  });

  it('ends when the person at the new device says no, and no list is signed', async () => {
    const alice = await signUpDevice(sotto.url);
    const { joining, guest, store } = await newDevice();
    const linking = await alice.device.link(joining.code);
    const confirmed = expect(linking.confirm()).rejects.toMatchObject({ code: 'refused' });
    await joining.proposal();
    await joining.refuse();
    await confirmed;
    expect(await readOwn(store)).toBeUndefined();
    expect((await readOwn(alice.store))?.pending).toBeNull();
    expect(await devicesOf(alice)).toEqual([1]);
    guest.close();
    alice.close();
  });

  it('abandoned after the consent leaves a device that can be taken back', async () => {
    const alice = await signUpDevice(sotto.url);
    const { joining, guest, store } = await newDevice();
    const linking = await alice.device.link(joining.code);
    const offered = linking.confirm().catch((error: unknown) => error);
    await joining.proposal();
    alice.close();
    await expect(joining.confirm(store)).rejects.toMatchObject({ code: 'unknown-outcome' });
    await offered;
    await forgetJoin(store);
    expect(await readOwn(store)).toBeUndefined();
    guest.close();
  });

  it('of two at once lets one win and the other consent again', async () => {
    const alice = await signUpDevice(sotto.url);
    const [one, two] = [await newDevice('one'), await newDevice('two')];
    const linkings = [await alice.device.link(one.joining.code), await alice.device.link(two.joining.code)];
    const confirmed = Promise.all(linkings.map((linking) => linking.confirm()));
    await Promise.all([one.joining.proposal(), two.joining.proposal()]);
    await Promise.all([one.joining.confirm(one.store), two.joining.confirm(two.store)]);
    await confirmed;
    expect(await devicesOf(alice)).toEqual([1, 2, 3]);
    const ids = await Promise.all([one, two].map(async ({ store }) => (await readOwn(store))?.device));
    expect(ids.toSorted()).toEqual([2, 3]);
    for (const { guest } of [one, two]) guest.close();
    alice.close();
  });

  it('does not begin with a mistyped code, a stale one, or one whose room is taken', async () => {
    const alice = await signUpDevice(sotto.url);
    const { joining, guest } = await newDevice();
    const typo = joining.code.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
    await expect(alice.device.link(typo)).rejects.toMatchObject({ code: 'bad-code' });
    const thief = await signUpDevice(sotto.url);
    const first = await thief.device.link(joining.code);
    await expect(alice.device.link(joining.code)).rejects.toMatchObject({ code: 'room-taken' });
    await first.refuse();
    guest.close();
    const gone = await newDevice();
    gone.guest.close();
    await expect(alice.device.link(gone.joining.code)).rejects.toMatchObject({ code: 'nobody-there' });
    for (const device of [alice, thief]) device.close();
  });

  it('is for the key holder alone', async () => {
    const alice = await signUpDevice(sotto.url);
    const second = await linkDevice(sotto.url, alice);
    const { joining, guest } = await newDevice();
    await expect(second.device.link(joining.code)).rejects.toMatchObject({ code: 'not-key-holder' });
    guest.close();
    for (const device of [alice, second]) device.close();
  });
});
