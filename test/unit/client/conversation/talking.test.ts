import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ALICE, BOB, CAROL, type Talker, World } from '../../../support/talkers.ts';

let world: World;
let alice: Talker;
let phone: Talker;
let laptop: Talker;

/** Alice with one device, Bob with two, who know each other. */
beforeEach(async () => {
  world = new World();
  alice = await world.join(ALICE);
  phone = await world.join(BOB, 1);
  laptop = await world.join(BOB, 2);
  await alice.conversations.accept(BOB);
  await phone.conversations.accept(ALICE);
  await world.settle();
});
afterEach(() => world.close());

const onAll = () => Promise.all([alice.texts(BOB), phone.texts(ALICE), laptop.texts(ALICE)]);

describe('a conversation', () => {
  it('is the same on every device', async () => {
    await alice.conversations.send(BOB, 'hello');
    await world.settle();
    await laptop.conversations.send(ALICE, 'hello yourself');
    await world.settle();
    for (const texts of await onAll()) expect(texts).toEqual(['hello', 'hello yourself']);
  });

  it('knows sent, delivered and read', async () => {
    const id = await alice.conversations.send(BOB, 'hello');
    const state = async () => (await alice.conversations.messages(BOB))[0]?.state;
    expect(await state()).toBe('sending');
    await world.settle();
    expect(await state()).toBe('sent');
    await world.pass(10_000);
    expect(await state()).toBe('delivered');
    await phone.conversations.markRead(ALICE);
    await world.pass(10_000);
    expect(await state()).toBe('read');
    expect((await laptop.conversations.get(ALICE))?.unread).toBe(0);
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('takes replies, edits, reactions and deletions', async () => {
    const id = await alice.conversations.send(BOB, 'lunch at noon?');
    await world.settle();
    await phone.conversations.send(ALICE, 'yes', { reply: { author: ALICE, id } });
    await phone.conversations.react(ALICE, { author: ALICE, id }, '👍');
    await alice.conversations.edit(BOB, id, 'lunch at one?');
    await world.settle();
    for (const talker of [alice, phone, laptop]) {
      const [first, second] = await talker.conversations.messages(talker === alice ? BOB : ALICE);
      expect(first).toMatchObject({ text: 'lunch at one?', edited: true, reactions: [{ by: BOB, emoji: '👍' }] });
      expect(second).toMatchObject({ text: 'yes', reply: { author: ALICE, id, text: 'lunch at one?' } });
    }
    await alice.conversations.delete(BOB, id);
    await world.settle();
    for (const texts of await onAll()) expect(texts).toEqual(['(deleted)', 'yes']);
    expect((await phone.conversations.messages(ALICE))[1]?.reply?.text).toBeUndefined();
  });

  it('puts strangers into a box of their own, and tells them nothing', async () => {
    const carol = await world.join(CAROL);
    const id = await carol.conversations.send(BOB, 'you do not know me');
    await world.pass(10_000);
    expect(await phone.conversations.get(CAROL)).toMatchObject({ standing: 'request', unread: 1 });
    await phone.conversations.markRead(CAROL);
    await world.pass(20_000);
    expect((await carol.conversations.messages(BOB))[0]).toMatchObject({ id, state: 'sent' });
    await laptop.conversations.accept(CAROL);
    await world.settle();
    expect(await phone.conversations.get(CAROL)).toMatchObject({ standing: 'accepted' });
  });
});
