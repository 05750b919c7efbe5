import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { conversationId } from '../../../../client/conversation/conversation-id.ts';
import { newMessageId } from '../../../../client/device/message-id.ts';
import { utf8 } from '../../../../shared/protocol/bytes.ts';
import { ALICE, BOB, CAROL, type Talker, World } from '../../../support/talkers.ts';

let world: World;
let alice: Talker;
let phone: Talker;
let laptop: Talker;

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

const receipts = () =>
  world.post.sent
    .map(({ payload }) => JSON.parse(Buffer.from(payload).toString()))
    .filter(({ type }) => type === 'receipt');

describe('receipts', () => {
  it('go out once for many messages, and not at once', async () => {
    for (let i = 0; i < 5; i++) await alice.conversations.send(BOB, `${i}`);
    await world.settle();
    expect(receipts()).toEqual([]);
    laptop.courier.online = false;
    await world.pass(10_000);
    expect(receipts().map(({ from, messages }) => ({ from, count: messages.length }))).toEqual([
      { from: BOB, count: 5 },
    ]);
  });

  it('can be off, on all own devices', async () => {
    await laptop.conversations.changeSettings({ readReceipts: false, deliveryReceipts: false });
    await world.settle();
    await alice.conversations.send(BOB, 'hello');
    await world.settle();
    await phone.conversations.markRead(ALICE);
    await world.pass(20_000);
    expect(receipts()).toEqual([]);
    expect(await phone.conversations.settings()).toEqual({
      readReceipts: false,
      deliveryReceipts: false,
      typing: true,
    });
  });

  it('are not sent when they were turned off while they waited', async () => {
    await alice.conversations.send(BOB, 'hello');
    await world.settle();
    await phone.conversations.changeSettings({ deliveryReceipts: false });
    await world.settle();
    await world.pass(20_000);
    expect(receipts()).toEqual([]);
  });

  it('count only for the very text that was sent', async () => {
    const id = await alice.conversations.send(BOB, 'hello');
    await world.settle();
    const head = { version: 1, id: newMessageId(world.clock.now()), from: BOB, to: ALICE };
    const forged = { ...head, type: 'receipt', kind: 'read', messages: [{ id, hash: 'A'.repeat(43) }] };
    const letter = {
      id: head.id,
      to: ALICE,
      device: 1,
      sender: BOB,
      senderDevice: 1,
      expires: world.clock.now() + 1_000,
    };
    world.post.deposit({ ...letter, conversation: conversationId(ALICE, BOB), payload: utf8(JSON.stringify(forged)) });
    await world.settle();
    expect((await alice.conversations.messages(BOB))[0]?.state).toBe('sent');
  });
});

describe('decisions', () => {
  it('made at once on two devices: what tells others less holds', async () => {
    phone.courier.online = false;
    await phone.conversations.changeSettings({ typing: false });
    await laptop.conversations.changeSettings({ readReceipts: false });
    await phone.conversations.accept(CAROL);
    await laptop.conversations.block(CAROL);
    await world.settle();
    phone.courier.online = true;
    await world.settle();
    for (const talker of [phone, laptop]) {
      expect(await talker.conversations.settings()).toEqual({
        readReceipts: false,
        deliveryReceipts: true,
        typing: false,
      });
      expect((await talker.conversations.get(CAROL))?.standing).toBe('blocked');
    }
  });

  it('to mute stay on the device', async () => {
    await phone.conversations.mute(ALICE, world.clock.now() + 3_600_000);
    await world.settle();
    expect((await phone.conversations.get(ALICE))?.mutedUntil).toBeGreaterThan(0);
    expect((await laptop.conversations.get(ALICE))?.mutedUntil).toBe(0);
  });
});

describe('typing', () => {
  const told = () => alice.courier.whispers.length;

  it('is told to accepted contacts, if that is on, and kept nowhere', async () => {
    await alice.conversations.setTyping(BOB, true);
    await alice.conversations.setTyping(CAROL, true);
    expect(told()).toBe(1);
    await alice.conversations.changeSettings({ typing: false });
    await alice.conversations.setTyping(BOB, true);
    expect(told()).toBe(1);
  });

  it('is shown for a while', async () => {
    await alice.conversations.setTyping(BOB, true);
    const [letter] = alice.courier.whispers;
    if (!letter) throw new Error('nothing was whispered');
    const expires = world.clock.now() + 1_000;
    world.post.deposit({
      ...letter,
      conversation: letter.conversation,
      device: 1,
      sender: ALICE,
      senderDevice: 1,
      expires,
    });
    await world.settle();
    expect(phone.conversations.isTyping(ALICE)).toBe(true);
    world.clock.advance(15_000);
    expect(phone.conversations.isTyping(ALICE)).toBe(false);
  });
});
