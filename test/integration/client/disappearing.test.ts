import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dumpStore } from '../../support/dump.ts';
import { type Sotto, startSotto } from '../../support/sotto.ts';
import { User } from '../../support/users.ts';

const SECRET = 'xyzzy-plugh';

let cloud: Sotto;
beforeAll(async () => {
  cloud = await startSotto();
});
afterAll(() => cloud.close());

describe('messages with a timer of thirty seconds', () => {
  it('leave no trace in any store when it is up', { timeout: 180_000 }, async () => {
    const alice = await User.signUp(cloud.url);
    const phone = await User.signUp(cloud.url);
    const laptop = await User.link(phone);
    const bob = await alice.client.addContact(phone.client.contactLink);
    await phone.client.conversations.accept(alice.account);
    await alice.client.conversations.setTimer(bob, 30);
    const id = await alice.client.conversations.send(bob, SECRET);
    for (const device of [phone, laptop]) await device.shows(alice.account, [SECRET]);
    await phone.client.conversations.react(alice.account, { author: alice.account, id }, '🧨');
    await phone.client.conversations.send(alice.account, `you said ${SECRET}?`, {
      reply: { author: alice.account, id },
    });
    await alice.until(bob, (texts) => texts.length === 2);
    for (const user of [alice, phone]) expect(await dumpStore(user.parts)).toContain(SECRET);

    await alice.client.conversations.markRead(bob);
    await phone.client.conversations.markRead(alice.account);
    await Promise.all([alice.shows(bob, []), phone.shows(alice.account, []), laptop.shows(alice.account, [])]);
    for (const user of [alice, phone, laptop]) {
      const dump = await dumpStore(user.parts);
      expect(dump).not.toContain(SECRET);
      expect(dump).not.toContain('🧨');
      expect(user.failures).toEqual([]);
      user.stop();
    }
  });
});
