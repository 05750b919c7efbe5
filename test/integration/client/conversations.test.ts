import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { type Sotto, startSotto } from '../../support/sotto.ts';
import { User } from '../../support/users.ts';

let cloud: Sotto;
beforeAll(async () => {
  cloud = await startSotto();
});
afterAll(() => cloud.close());

describe('two people with three devices', () => {
  it('talk: every device shows the same, and nobody sends what was not said', { timeout: 180_000 }, async () => {
    const alice = await User.signUp(cloud.url);
    const phone = await User.signUp(cloud.url);
    const laptop = await User.link(phone);
    const bob = await alice.client.addContact(phone.client.contactLink);

    await alice.client.conversations.send(bob, 'hello');
    await phone.shows(alice.account, ['hello']);
    await laptop.shows(alice.account, ['hello']);
    expect(await phone.client.conversations.get(alice.account)).toMatchObject({ standing: 'request', unread: 1 });

    await laptop.client.conversations.send(alice.account, 'hello yourself');
    for (const device of [phone, laptop]) await device.shows(alice.account, ['hello', 'hello yourself']);
    await alice.shows(bob, ['hello', 'hello yourself']);

    const number = (await alice.client.contact(bob))?.safetyNumber;
    expect(number).toMatch(/^\d{60}$/);
    expect((await laptop.client.contact(alice.account))?.safetyNumber).toBe(number);
    const tablet = await User.link(phone);
    const standing = async () => (await tablet.client.conversations.get(alice.account))?.standing;
    await eventually(standing).toBe('accepted');
    for (const user of [alice, phone, laptop, tablet]) {
      expect(user.failures).toEqual([]);
      user.stop();
    }
  });
});
