import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CALL_OUTCOMES, type CallOutcome } from '../../../../client/conversation/call-content.ts';
import {
  callReadElsewhere,
  callRecord,
  mergedCall,
  OUTCOMES_IN_ORDER,
  readCall,
} from '../../../../client/conversation/call-entry.ts';
import type { CallRecord } from '../../../../client/conversation/records.ts';
import { TIMER_SECONDS, type TimerSeconds, UNREAD_MS } from '../../../../client/conversation/timer.ts';
import { newMessageId } from '../../../../client/device/message-id.ts';
import { factsOf } from '../../../support/calls.ts';
import { ALICE, BOB, CAROL, type Talker, World } from '../../../support/talkers.ts';

const SECOND = 1_000;
const TIMER = { seconds: 30, version: 1 } as const;
const T0 = 1_800_000_000_000;
const ENTRY = newMessageId(T0);

let world: World;
let alice: Talker;
let phone: Talker;
let laptop: Talker;

async function newWorld(): Promise<void> {
  world = new World();
  [alice, phone, laptop] = [await world.join(ALICE), await world.join(BOB, 1), await world.join(BOB, 2)];
  await alice.conversations.accept(BOB);
  await phone.conversations.accept(ALICE);
  await world.settle();
}
beforeEach(newWorld);
afterEach(() => world.close());

/** Alice calls Bob; `talker` records what became of it. */
function record(
  talker: Talker,
  outcome: CallOutcome,
  { seconds = 0, tell = true, note = false, timer = TIMER.seconds as TimerSeconds, id = ENTRY } = {},
): Promise<void> {
  const conversation = talker.account === ALICE ? BOB : ALICE;
  const facts = factsOf({ id, conversation, caller: ALICE, outcome, seconds, timer: { seconds: timer, version: 1 } });
  return talker.conversations.calls.record(facts, { tell, note });
}
const entriesOf = async (talker: Talker) => {
  const all = await talker.conversations.messages(talker.account === ALICE ? BOB : ALICE);
  return all.map(({ id, author, kind, call, state, deadline }) => ({ id, author, kind, call, state, deadline }));
};
const entryOf = async (talker: Talker) => (await entriesOf(talker))[0];
const unreadOf = async (talker: Talker) => (await talker.conversations.get(ALICE))?.unread;

/** No record of any device, letters included, says anything of the call but that its name is known. */
async function expectNoTrace(): Promise<void> {
  for (const talker of world.talkers) {
    const dump = await talker.dump();
    for (const word of ['"kind":"call"', 'call-entry', '"type":"call"', 'outcome']) expect(dump).not.toContain(word);
  }
}

describe('the entry of a call', () => {
  it('is the same on all devices of a person, and goes when the time from the end of the call is up', async () => {
    await record(phone, 'ongoing');
    await world.settle();
    expect(await entryOf(laptop)).toMatchObject({
      call: { outcome: 'ongoing' },
      state: 'seen',
      deadline: T0 + UNREAD_MS,
    });
    await world.pass(40 * SECOND);
    await record(phone, 'answered', { seconds: 40 });
    await record(alice, 'answered', { seconds: 40 });
    const end = world.clock.now();
    await world.settle();
    const call = { incoming: true, media: 'audio', outcome: 'answered', seconds: 40 };
    const entry = { id: ENTRY, author: ALICE, kind: 'call', call, state: 'seen', deadline: end + 30 * SECOND };
    expect(await entriesOf(phone)).toEqual([entry]);
    expect(await entriesOf(laptop)).toEqual([entry]);
    expect(await entriesOf(alice)).toEqual([{ ...entry, call: { ...call, incoming: false } }]);
    await world.pass(30 * SECOND - 1);
    for (const talker of world.talkers) expect(await entriesOf(talker)).toHaveLength(1);
    await world.pass(1);
    for (const talker of world.talkers) expect(await entriesOf(talker)).toEqual([]);
    await expectNoTrace();
  });

  it('of a call in which the program ended is closed by its next start, on all devices', async () => {
    await record(phone, 'ongoing');
    await world.settle();
    await world.pass(40 * SECOND);
    await phone.restart();
    await world.settle();
    const closed = { call: { outcome: 'answered', seconds: 0 }, deadline: world.clock.now() + 30 * SECOND };
    for (const talker of [phone, laptop]) expect(await entryOf(talker)).toMatchObject(closed);
    await world.pass(30 * SECOND);
    await expectNoTrace();
  });

  it('of a missed call is unread until it is read on one device, and its time starts then on all', async () => {
    await record(alice, 'missed', { note: true });
    await world.settle();
    const missed = { call: { incoming: true, outcome: 'missed' }, state: 'unread', deadline: T0 + UNREAD_MS };
    for (const talker of [phone, laptop]) {
      expect(await entriesOf(talker)).toMatchObject([missed]);
      expect(await unreadOf(talker)).toBe(1);
    }
    expect(await entryOf(alice)).toMatchObject({ state: 'seen', deadline: world.clock.now() + 30 * SECOND });
    await world.pass(60 * SECOND);
    expect(await entriesOf(alice)).toEqual([]);
    const letters = world.post.sent.length;
    await phone.conversations.markRead(ALICE);
    const deadline = world.clock.now() + 30 * SECOND;
    await world.settle();
    for (const talker of [phone, laptop]) {
      expect(await entryOf(talker)).toMatchObject({ state: 'seen', deadline });
      expect(await unreadOf(talker)).toBe(0);
    }
    // One letter, to the laptop: the caller is told nothing.
    await world.pass(10 * SECOND);
    expect(world.post.sent.slice(letters)).toMatchObject([{ to: BOB, device: 2 }]);
    await world.pass(20 * SECOND);
    for (const talker of [phone, laptop]) expect(await entriesOf(talker)).toEqual([]);
    await expectNoTrace();
  });

  it('of a missed call that nobody reads goes after two weeks; without a timer it stays', async () => {
    await record(alice, 'missed', { note: true });
    const other = newMessageId(T0 + 1);
    await record(alice, 'missed', { note: true, timer: 0, id: other });
    await world.settle();
    await world.pass(UNREAD_MS + SECOND);
    for (const talker of [phone, laptop]) expect(await entriesOf(talker)).toMatchObject([{ id: other }]);
    await phone.conversations.markRead(ALICE);
    expect(await entryOf(phone)).toMatchObject({ state: 'seen', deadline: undefined });
  });

  it('reaches devices that were away, and is not brought back after its deadline by what comes late', async () => {
    laptop.courier.online = false;
    await record(alice, 'missed', { note: true });
    await world.settle();
    await phone.conversations.markRead(ALICE);
    await world.settle();
    await world.pass(10 * SECOND);
    // That it was read comes before the note itself.
    laptop.courier.weather = { arrange: (mail) => mail.toReversed() };
    laptop.courier.online = true;
    await world.settle();
    expect(await entryOf(laptop)).toEqual(await entryOf(phone));
    await world.pass(21 * SECOND);
    await expectNoTrace();
    await record(laptop, 'answered', { seconds: 9 });
    await record(alice, 'missed', { note: true });
    await world.settle();
    for (const talker of world.talkers) expect(await entriesOf(talker)).toEqual([]);
    await expectNoTrace();
  });

  it('leaves the outbox with all that was to be said of it', async () => {
    for (const talker of world.talkers) talker.courier.online = false;
    await record(phone, 'declined');
    await record(phone, 'answered', { seconds: 3 });
    await record(alice, 'cancelled', { note: true });
    for (const talker of [phone, alice]) expect(await talker.dump()).toContain('payload');
    await world.pass(30 * SECOND);
    for (const talker of [phone, alice]) expect(await talker.dump()).not.toContain('payload');
    await expectNoTrace();
  });

  it('is told by one letter that waits, which says the latest', async () => {
    phone.courier.online = false;
    await record(phone, 'ongoing');
    await record(phone, 'answered', { seconds: 3 });
    const before = world.post.sent.length;
    phone.courier.online = true;
    await world.settle();
    expect(world.post.sent.length - before).toBe(1);
    expect(await entryOf(laptop)).toMatchObject({ call: { outcome: 'answered', seconds: 3 } });
  });

  it('fills the gap that its unreadable note left, and not the place of a text', async () => {
    world.post.spoils = ({ id, device }) => id === ENTRY && device === 1;
    await record(alice, 'missed', { note: true });
    await world.settle();
    world.post.spoils = () => false;
    expect(await entriesOf(phone)).toMatchObject([{ id: ENTRY, kind: 'unreadable' }]);
    await record(laptop, 'missed');
    await world.settle();
    expect(await entriesOf(phone)).toMatchObject([{ id: ENTRY, kind: 'call', state: 'unread' }]);
    const id = await alice.conversations.send(BOB, 'a text');
    await world.settle();
    await record(alice, 'missed', { note: true, id });
    await record(laptop, 'missed', { id });
    await world.settle();
    for (const talker of world.talkers) expect(await talker.texts(talker === alice ? BOB : ALICE)).toContain('a text');
  });

  it('is no text: it takes no edit, no reaction, no answer and no deletion', async () => {
    await record(alice, 'answered', { seconds: 5, timer: 0 });
    const { conversations } = alice;
    const unknown = expect.objectContaining({ code: 'unknown-message' });
    const pointer = { author: ALICE, id: ENTRY };
    await expect(conversations.edit(BOB, ENTRY, 'words')).rejects.toThrowError(unknown);
    await expect(conversations.react(BOB, pointer, '👍')).rejects.toThrowError(unknown);
    await expect(conversations.send(BOB, 'words', { reply: pointer })).rejects.toThrowError(unknown);
    await expect(conversations.delete(BOB, ENTRY)).rejects.toThrowError(unknown);
    expect(await entriesOf(alice)).toMatchObject([{ kind: 'call' }]);
  });

  it('is of a call between the two, and a note of an own call', async () => {
    const { calls } = phone.conversations;
    const facts = factsOf({ id: ENTRY, conversation: ALICE, caller: ALICE });
    const refused = (code: string) => expect.objectContaining({ code });
    const not = { tell: false, note: false };
    await expect(calls.record({ ...facts, caller: CAROL }, not)).rejects.toThrowError(refused('not-allowed'));
    await expect(calls.record(facts, { ...not, note: true })).rejects.toThrowError(refused('not-allowed'));
    const unknown = calls.record({ ...facts, conversation: CAROL, caller: CAROL }, not);
    await expect(unknown).rejects.toThrowError(refused('unknown-conversation'));
  });

  it('begins with an id after all that was seen, and with the timer that there is', async () => {
    await alice.conversations.setTimer(BOB, 3_600);
    const before = await alice.conversations.send(BOB, 'may I call?');
    const { entry, timer } = await alice.conversations.calls.begin(BOB);
    expect(entry > before).toBe(true);
    expect(timer).toEqual({ seconds: 3_600, version: 1 });
    await alice.conversations.block(BOB);
    const blocked = expect.objectContaining({ code: 'blocked' });
    await expect(alice.conversations.calls.begin(BOB)).rejects.toThrowError(blocked);
  });
});

describe('what is known of one call', () => {
  it('has an order for every outcome', () => {
    expect(OUTCOMES_IN_ORDER.toSorted()).toEqual([...CALL_OUTCOMES].sort());
    expect([OUTCOMES_IN_ORDER[0], ...OUTCOMES_IN_ORDER.slice(-3)]).toEqual(['ongoing', 'busy', 'declined', 'answered']);
  });

  const knowledge = fc
    .record({
      outcome: fc.constantFrom(...CALL_OUTCOMES),
      seconds: fc.nat(2),
      caller: fc.constantFrom(ALICE),
      media: fc.constantFrom('audio' as const, 'video' as const),
      timer: fc.record({ seconds: fc.constantFrom(...TIMER_SECONDS), version: fc.nat(2) }),
      end: fc.nat(3),
      read: fc.constantFrom('not', 'here', 'elsewhere'),
    })
    .map(({ end, read, ...facts }): CallRecord => {
      const known = callRecord({ id: ENTRY, conversation: ALICE, ...facts }, facts.timer.seconds ? T0 + end : null);
      if (read === 'here') return readCall(known, T0 + end);
      return read === 'elsewhere' ? callReadElsewhere(known, facts.timer.seconds ? T0 + end : null) : known;
    });

  it('ends the same in whatever order it comes, and with any of it twice', () => {
    const holds = fc.property(knowledge, knowledge, knowledge, (a, b, c) => {
      expect(mergedCall(a, a)).toEqual(a);
      expect(mergedCall(a, b)).toEqual(mergedCall(b, a));
      expect(mergedCall(mergedCall(a, b), c)).toEqual(mergedCall(a, mergedCall(b, c)));
    });
    fc.assert(holds, { seed: 6, numRuns: 3_000 });
  });

  it('ends the same on all devices that lose, repeat and reorder letters', async () => {
    const action = fc.record({
      who: fc.constantFrom('phone', 'laptop', 'alice'),
      what: fc.constantFrom('record', 'read', 'deliver', 'offline', 'restart'),
      outcome: fc.constantFrom(...CALL_OUTCOMES),
      seconds: fc.nat(2),
      luck: fc.infiniteStream(fc.nat(9)),
    });
    const same = fc.asyncProperty(fc.array(action, { maxLength: 20 }), async (actions) => {
      await newWorld();
      const talkers = { phone, laptop, alice };
      for (const { who, what, outcome, seconds, luck } of actions) {
        const talker = talkers[who];
        world.clock.advance(7);
        if (what === 'record') await record(talker, outcome, { seconds, timer: 3_600, note: who === 'alice' });
        if (what === 'read' && who !== 'alice') await talker.conversations.markRead(ALICE);
        if (what === 'offline') talker.courier.online = !talker.courier.online;
        if (what === 'restart') await talker.restart();
        if (what !== 'deliver') continue;
        const lucky = () => (luck.next().value ?? 0) < 3;
        const arrange = <Copy>(mail: Copy[]) => mail.toSorted(() => (lucky() ? 1 : -1));
        talker.courier.weather = { arrange, delays: lucky, losesAck: lucky };
        await talker.courier.work();
        talker.courier.weather = {};
      }
      for (const talker of world.talkers) talker.courier.online = true;
      await world.settle();
      expect(await entriesOf(laptop)).toEqual(await entriesOf(phone));
      world.close();
    });
    await fc.assert(same, { seed: 6, numRuns: 80 });
  });
});
