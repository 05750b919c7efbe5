// SPDX-License-Identifier: AGPL-3.0-only
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deviceEntry, newDeviceKeys, preKeysOf } from '../../../client/identity/device-keys.ts';
import { newOwnAccount, putOwn } from '../../../client/identity/own-account.ts';
import { putKyberPreKey, putSignedPreKey } from '../../../client/identity/prekey-records.ts';
import { type Sotto, startSotto } from '../../support/sotto.ts';
import { User } from '../../support/users.ts';
import { Owner } from '../spine/owner.ts';
import { Phone } from '../spine/phone.ts';
import { guestTicket, sha256 } from '../spine/signing.ts';
import { type Frame, text, Wire } from '../spine/wire.ts';
import { Speaker } from './speaker.ts';

let cloud: Sotto;
beforeAll(async () => {
  cloud = await startSotto();
});
afterAll(() => cloud?.close());

/** Bytes as the wire has them. */
const inText = (value: object): Frame =>
  JSON.parse(JSON.stringify(value, (_, entry: unknown) => (entry instanceof Uint8Array ? text(entry) : entry)));

/** A new account whose first device runs the official library. */
async function settle(owner: Owner): Promise<Phone> {
  const phone = new Phone(owner.account, 1);
  const guest = await Wire.open(cloud.url, guestTicket(cloud.url));
  const prekeys = await phone.firstPreKeys();
  await guest.request('account.create', { list: owner.adding(phone), prekeys, tokens: [text(sha256(owner.token))] });
  await guest.close();
  await phone.connect(cloud.url);
  await phone.publishOneTimeKeys(20, 12);
  return phone;
}

/** A device of that account that runs the SDK. */
async function addSdkDevice(owner: Owner, holder: Phone): Promise<User> {
  const [id, added] = [2, 2];
  const { account, commitment, token } = owner;
  const keys = await newDeviceKeys(Date.now());
  const listEntry = () => inText(deviceEntry(account, keys, id, added));
  await holder.ask('account.publish', {
    list: owner.adding({ device: id, listEntry }),
    prekeys: [inText(preKeysOf(keys, id))],
  });
  const user = new User(cloud.url);
  const own = newOwnAccount({
    account,
    commitment,
    id,
    added,
    keys,
    accountSecret: null,
    token: new Uint8Array(token),
  });
  const store = await user.openStore();
  await store.batch([putOwn(own), putSignedPreKey(keys.signed), putKyberPreKey(keys.lastResort)]);
  await user.start();
  return user;
}

describe('two users of the SDK and one of the official library', () => {
  it('share one conversation, equal on all selected devices; others get nothing', { timeout: 180_000 }, async () => {
    const owner = new Owner();
    const official = new Speaker(await settle(owner), owner, [1, 2]);
    const bob = await addSdkDevice(owner, official.phone);
    const alice = await User.signUp(cloud.url);
    const [, link = ''] = alice.client.contactLink.split('sotto:contact:1:');
    await official.phone.meet(owner.account);
    await official.phone.meet(alice.account, new Uint8Array(Buffer.from(link, 'base64url').subarray(32)));

    await alice.client.addContact(`sotto:contact:1:${text(Buffer.concat([owner.commitment, owner.token]))}`);
    await alice.client.conversations.send(owner.account, 'hello to both of you');
    await official.hears(1);
    await bob.shows(alice.account, ['hello to both of you']);
    await bob.client.conversations.send(alice.account, 'hello from the SDK');
    await official.hears(2);
    await alice.shows(owner.account, official.texts);

    // A device that joins the account later takes no part in this conversation.
    const tablet = new Phone(owner.account, 3);
    const prekeys = [await tablet.firstPreKeys()];
    await official.phone.ask('account.publish', { list: owner.adding(tablet), prekeys });
    await tablet.connect(cloud.url);

    for (let round = 0; round < 5; round++) {
      await official.say(alice.account, `official ${round}`);
      await alice.shows(owner.account, official.texts);
      await bob.shows(alice.account, official.texts);
      await alice.client.conversations.send(owner.account, `alice ${round}`);
      await official.hears(4 + 3 * round);
      await bob.shows(alice.account, official.texts);
      await bob.client.conversations.send(alice.account, `bob ${round}`);
      await official.hears(5 + 3 * round);
      await alice.shows(owner.account, official.texts);
    }
    expect(official.texts).toHaveLength(17);
    expect((await tablet.ask('message.pull')).messages).toEqual([]);
    expect(tablet.wire?.takeEvents().filter(({ event }) => event === 'message')).toEqual([]);
    for (const user of [alice, bob]) {
      expect(user.failures).toEqual([]);
      user.stop();
    }
    for (const phone of [official.phone, tablet]) await phone.wire?.close();
  });
});
