import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ALICE, BOB, type Talker, World } from '../../../support/talkers.ts';

const SECOND = 1_000;
const DAY = 24 * 60 * 60 * SECOND;
/** What is planted, in everything that could keep a trace of it. */
const SECRET = 'xyzzy-plugh';

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
  await alice.conversations.setTimer(BOB, 30);
  await world.settle();
});
afterEach(() => world.close());

const dumps = () => Promise.all([alice, phone, laptop].map((talker) => talker.dump()));
const deadlineOn = async (talker: Talker) =>
  (await talker.conversations.messages(talker === alice ? BOB : ALICE))[0]?.deadline;

describe('a message with a timer', () => {
  it('goes for its sender when the time from being accepted is up, and for its reader when that from reading is', async () => {
    await alice.conversations.send(BOB, SECRET);
    await world.settle();
    const acceptedAt = world.clock.now();
    expect(await deadlineOn(alice)).toBe(acceptedAt + 30 * SECOND);
    await world.pass(29 * SECOND);
    expect(await alice.texts(BOB)).toEqual([SECRET]);
    await world.pass(SECOND);
    expect(await alice.texts(BOB)).toEqual([]);
    expect(await phone.texts(ALICE)).toEqual([SECRET]);
    await phone.conversations.markRead(ALICE);
    await world.settle();
    await world.pass(30 * SECOND);
    expect(await phone.texts(ALICE)).toEqual([]);
    expect(await laptop.texts(ALICE)).toEqual([]);
  });

  it('has one deadline on all devices of a person, whenever they learn of it', async () => {
    laptop.courier.online = false;
    await alice.conversations.send(BOB, SECRET);
    await world.settle();
    await world.pass(5 * SECOND);
    await phone.conversations.markRead(ALICE);
    const deadline = await deadlineOn(phone);
    expect(deadline).toBe(world.clock.now() + 30 * SECOND);
    await world.pass(10 * SECOND);
    laptop.courier.online = true;
    await world.settle();
    expect(await deadlineOn(laptop)).toBe(deadline);
  });

  it('never appears on a device that fetches it after its deadline', async () => {
    laptop.courier.online = false;
    await alice.conversations.send(BOB, SECRET);
    await world.settle();
    await phone.conversations.markRead(ALICE);
    await world.pass(40 * SECOND);
    laptop.courier.weather = { arrange: (mail) => mail.toReversed() };
    laptop.courier.online = true;
    await world.settle();
    expect(await laptop.texts(ALICE)).toEqual([]);
    expect(await laptop.dump()).not.toContain(SECRET);
  });

  it('is not even kept until the next look at the clock on a device that learns late that it was read', async () => {
    await alice.conversations.send(BOB, SECRET);
    await world.settle();
    laptop.courier.online = false;
    await phone.conversations.markRead(ALICE);
    await world.pass(40 * SECOND);
    expect(await laptop.dump()).toContain(SECRET);
    laptop.courier.online = true;
    await laptop.courier.work();
    expect(await laptop.dump()).not.toContain(SECRET);
  });

  it('dies unread after two weeks', async () => {
    await alice.conversations.send(BOB, SECRET);
    await world.settle();
    await world.pass(14 * DAY - SECOND);
    expect(await phone.texts(ALICE)).toEqual([SECRET]);
    await world.pass(2 * SECOND);
    for (const dump of await dumps()) expect(dump).not.toContain(SECRET);
  });

  it('leaves nothing behind: not in edits, reactions, quotes, drafts, or the outbox', async () => {
    const id = await alice.conversations.send(BOB, SECRET);
    await world.settle();
    await alice.conversations.edit(BOB, id, `${SECRET} again`);
    await phone.conversations.react(ALICE, { author: ALICE, id }, '🧨');
    await world.settle();
    // The answer lives longer than what it answers.
    await phone.conversations.setTimer(ALICE, 28 * 24 * 60 * 60);
    await phone.conversations.send(ALICE, 'noted', { reply: { author: ALICE, id } });
    await world.settle();
    await alice.conversations.setDraft(BOB, { text: `${SECRET}, corrected`, reply: null, editing: id });
    await phone.conversations.setDraft(ALICE, { text: 'but', reply: { author: ALICE, id }, editing: null });
    // An edit that is still in the outbox when its message goes.
    alice.courier.online = false;
    await alice.conversations.edit(BOB, id, `${SECRET} once more`);
    await phone.conversations.markRead(ALICE);
    await world.settle();
    for (const dump of await dumps()) expect(dump).toContain(SECRET);

    await world.pass(31 * SECOND);
    for (const dump of await dumps()) {
      expect(dump).not.toContain(SECRET);
      expect(dump).not.toContain('🧨');
    }
    const [answer] = await phone.conversations.messages(ALICE);
    expect(answer).toMatchObject({ text: 'noted', reply: { id, text: undefined } });
    expect((await phone.conversations.get(ALICE))?.draft).toEqual({ text: 'but', reply: null, editing: null });
  });

  it('is withdrawn from the outbox when it was never sent', async () => {
    alice.courier.online = false;
    await alice.conversations.send(BOB, SECRET);
    expect(await alice.dump()).toContain('payload');
    await world.pass(14 * DAY + SECOND);
    const dump = await alice.dump();
    expect(dump).not.toContain(SECRET);
    expect(dump).not.toContain('payload');
  });

  it('is gone from the server at the deadline of its sender, where it is kept for their other devices', async () => {
    const second = await world.join(ALICE, 2);
    second.courier.online = false;
    await alice.conversations.send(BOB, SECRET);
    await world.settle();
    await world.pass(30 * SECOND);
    expect(world.post.mailOf(ALICE, 2).filter(({ payload }) => String(Buffer.from(payload)).includes(SECRET))).toEqual(
      [],
    );
  });
});

describe('a clock that lies', () => {
  beforeEach(async () => {
    await alice.conversations.send(BOB, SECRET);
    await world.settle();
    await phone.conversations.markRead(ALICE);
    await world.settle();
  });

  it('cannot bring a message back that is over: set back while the program was not running', async () => {
    phone.stop();
    world.clock.advance(DAY);
    phone.skew = -2 * DAY;
    await phone.start(() => world.clock.now());
    expect(await phone.texts(ALICE)).toEqual([]);
    await phone.rest();
    expect(await phone.dump()).not.toContain(SECRET);
  });

  it('cannot make it live longer: set back while it runs', async () => {
    phone.skew = -2 * DAY;
    await world.pass(31 * SECOND);
    expect(await phone.texts(ALICE)).toEqual([]);
    await world.pass(60 * SECOND);
    expect(await phone.dump()).not.toContain(SECRET);
  });

  it('erases nothing on the word of the server, and shows nothing that is over by its word', async () => {
    await phone.conversations.setTimer(ALICE, 3_600);
    const id = await phone.conversations.send(ALICE, 'for an hour');
    await phone.conversations.setTimer(ALICE, 28 * 24 * 3_600);
    await phone.conversations.send(ALICE, 'for weeks', { reply: { author: BOB, id } });
    await world.settle();
    await phone.restart(() => world.clock.now() + DAY);
    const quoted = async () => (await phone.conversations.messages(ALICE)).at(-1)?.reply?.text;
    expect(await phone.texts(ALICE)).toEqual(['for weeks']);
    expect(await quoted()).toBeUndefined();
    expect(await phone.dump()).toContain('for an hour');
    await phone.restart(() => world.clock.now());
    expect(await phone.texts(ALICE)).toEqual(['for an hour', 'for weeks']);
    expect(await quoted()).toBe('for an hour');
  });

  it('is forgiven when it was ahead once', async () => {
    await phone.conversations.setTimer(ALICE, 0);
    phone.skew = 3_650 * DAY;
    await phone.restart();
    await phone.conversations.send(ALICE, 'what year is it?');
    phone.skew = 0;
    await phone.restart(() => world.clock.now());
    await phone.conversations.setTimer(ALICE, 30);
    await world.settle();
    await alice.conversations.send(BOB, 'still here');
    await world.settle();
    expect(await phone.texts(ALICE)).toContain('still here');
  });
});

describe('the timer of a conversation', () => {
  it('may be changed by anyone, and is the same for all', async () => {
    await laptop.conversations.setTimer(ALICE, 3_600);
    await world.settle();
    for (const talker of [alice, phone, laptop]) {
      const account = talker === alice ? BOB : ALICE;
      expect((await talker.conversations.get(account))?.timer).toBe(3_600);
    }
  });

  it('converges when two change it at once, one of them off line: the shorter one holds', async () => {
    alice.courier.online = false;
    await alice.conversations.setTimer(BOB, 0);
    await laptop.conversations.setTimer(ALICE, 60);
    await world.settle();
    alice.courier.online = true;
    await world.settle();
    for (const talker of [alice, phone, laptop]) {
      expect((await talker.conversations.get(talker === alice ? BOB : ALICE))?.timer).toBe(60);
    }
  });

  it('is healed by the next message when the change was lost', async () => {
    world.post.spoils = ({ to }) => to === ALICE;
    await phone.conversations.setTimer(ALICE, 5);
    await phone.courier.work();
    await alice.courier.work();
    world.post.spoils = () => false;
    await phone.conversations.send(ALICE, 'quick');
    await phone.courier.work();
    await alice.courier.work();
    expect((await alice.conversations.get(BOB))?.timer).toBe(5);
  });
});
