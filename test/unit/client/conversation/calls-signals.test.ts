import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  CANDIDATE_CHARACTERS,
  CANDIDATES_PER_SIGNAL,
  type CallSignal,
  DESCRIPTION_CHARACTERS,
} from '../../../../client/conversation/call-content.ts';
import { CONTENT } from '../../../../client/conversation/content.ts';
import { conversationId } from '../../../../client/conversation/conversation-id.ts';
import { PAYLOAD_BYTES } from '../../../../client/conversation/courier.ts';
import { encodePayload } from '../../../../client/conversation/payload.ts';
import { newMessageId } from '../../../../client/device/message-id.ts';
import { utf8 } from '../../../../shared/protocol/bytes.ts';
import { CALL, candidatesOf, listen, offerOf } from '../../../support/calls.ts';
import { ALICE, BOB, CAROL, type Talker, World } from '../../../support/talkers.ts';

const SECOND = 1_000;
const DAY = 24 * 60 * 60 * SECOND;

let world: World;
let alice: Talker;
let phone: Talker;
let laptop: Talker;

/** Alice with one device, Bob with two, who know each other; all have been told the server's time. */
beforeEach(async () => {
  world = new World();
  [alice, phone, laptop] = [await world.join(ALICE), await world.join(BOB, 1), await world.join(BOB, 2)];
  await alice.conversations.accept(BOB);
  await phone.conversations.accept(ALICE);
  await world.settle();
  for (const talker of world.talkers) talker.courier.server = () => world.clock.now();
});
afterEach(() => world.close());

const soon = () => ({ urgent: true, expires: world.clock.now() + 60 * SECOND });
const say = (generation: number, device = 1, from = alice, account = BOB) =>
  from.conversations.calls.say({ account, device }, candidatesOf(generation), soon());
const generations = (heard: ReturnType<typeof listen>) =>
  heard.map((told) =>
    told.kind === 'signal' && told.signal.type === 'call-candidates' ? told.signal.generation : told,
  );

/** A signal to Bob's phone as somebody's first device would send it, with some of it different. */
const signalFrom = (account: string, changes: Partial<CallSignal> = {}) => ({
  ...{
    version: 1 as const,
    id: newMessageId(world.clock.now()),
    from: account,
    to: BOB,
    type: 'call-ringing' as const,
  },
  ...{ call: CALL, leg: 1, fromDevice: 1, toDevice: 1 },
  ...changes,
});
async function deliver<Content extends { readonly id: string }>(
  content: Content,
  { sender = ALICE, senderDevice = 1, peer = '' }: { sender?: string; senderDevice?: number; peer?: string } = {},
) {
  const conversation = conversationId(peer || sender, BOB);
  const payload = utf8(JSON.stringify(content));
  const letter = { id: content.id, to: BOB, device: 1, sender, senderDevice, conversation, payload };
  world.post.deposit({ ...letter, expires: world.clock.now() + 60 * SECOND });
  await world.settle();
}

describe('a signal', () => {
  it('reaches the device that it names and no other, once and in order, and is kept nowhere', async () => {
    const [there, elsewhere] = [listen(phone.conversations), listen(laptop.conversations)];
    const before = await phone.dump();
    expect(await Promise.all([say(1), say(2), say(3)])).toEqual(['stored', 'stored', 'stored']);
    phone.courier.weather = { losesAck: () => true };
    await phone.courier.work();
    phone.courier.weather = {};
    await world.settle();
    expect(generations(there)).toEqual([1, 2, 3]);
    expect(there[0]).toMatchObject({ signal: { from: ALICE, fromDevice: 1, toDevice: 1 }, mayRing: true });
    expect(elsewhere).toEqual([]);
    const after = (await phone.dump()).split('\n').filter((line) => !line.includes('"copies"'));
    expect(after.join('\n')).toBe(before);
  });

  it('is told once when it is encrypted and sent again, because the answer got lost after it was fetched', async () => {
    const heard = listen(phone.conversations);
    const content = signalFrom(ALICE);
    await deliver(content);
    await deliver(content);
    expect(heard).toHaveLength(1);
  });

  it('has its keys in one order, in whatever order they are given', async () => {
    const heard = listen(phone.conversations);
    const { type, call, ...rest } = offerOf(newMessageId(world.clock.now()));
    await alice.conversations.calls.say({ account: BOB, device: 1 }, { ...rest, call, type }, soon());
    await world.settle();
    expect(heard).toMatchObject([{ signal: { type: 'call-offer', sdp: 'v=0\r\n' } }]);
    const bad = alice.conversations.calls.say({ account: BOB, device: 1 }, { ...candidatesOf(1), leg: 10 }, soon());
    await expect(bad).rejects.toThrowError(expect.objectContaining({ code: 'invalid-content' }));
  });

  it('says when it cannot be delivered', async () => {
    expect(await say(1, 7)).toBe('undeliverable');
    world.post.refusals.set(BOB, 'blocked');
    expect(await say(2)).toBe('undeliverable');
    world.post.refusals.clear();
    world.post.unselected.add(`${BOB}/1`);
    expect(await say(3)).toBe('undeliverable');
    alice.courier.online = false;
    const waiting = say(4, 2);
    world.clock.advance(60 * SECOND);
    alice.courier.online = true;
    await world.settle();
    expect(await waiting).toBe('undeliverable');
    await alice.conversations.block(BOB);
    expect(await say(5, 2)).toBe('undeliverable');
    expect(world.post.sent.filter(({ payload }) => Buffer.from(payload).includes('call-'))).toEqual([]);
  });

  it('about an own device going on with a call reaches that device', async () => {
    const [there, elsewhere] = [listen(laptop.conversations), listen(alice.conversations)];
    const entry = newMessageId(world.clock.now());
    const leg = { call: CALL, leg: 2, peer: ALICE, peerDevice: 1, entry, caller: ALICE, media: 'audio' } as const;
    const handover = { ...leg, timer: { seconds: 0, version: 0 } } as const;
    expect(await phone.conversations.calls.handOver(2, handover, soon().expires)).toBe('stored');
    world.clock.advance(2 * SECOND);
    await world.settle();
    expect(there).toEqual([{ kind: 'handover', handover: expect.objectContaining(handover), age: 2 * SECOND }]);
    expect(elsewhere).toEqual([]);
    const head = { version: 1, id: newMessageId(world.clock.now()), from: BOB, to: BOB, type: 'call-handover' };
    const heard = listen(phone.conversations);
    const named = { call: CALL, leg: 2, fromDevice: 2, toDevice: 1 };
    const rest = {
      peer: ALICE,
      peerDevice: 1,
      entry,
      caller: ALICE,
      media: 'audio',
      timer: { seconds: 0, version: 0 },
    };
    for (const wrong of [{ caller: CAROL }, { peer: CAROL, caller: CAROL }]) {
      const content = { ...head, ...named, ...rest, ...wrong };
      await deliver(content, { sender: BOB, senderDevice: 2, peer: content.peer });
    }
    await deliver({ ...head, ...named, ...rest, toDevice: 2 }, { sender: BOB, senderDevice: 2, peer: ALICE });
    expect(heard).toEqual([]);
  });
});

describe('a signal is passed on only', () => {
  it.each<[string, () => { readonly id: string }, { sender?: string; senderDevice?: number }]>([
    ['from the device that it names', () => signalFrom(ALICE, { fromDevice: 2 }), {}],
    ['to the device that it names', () => signalFrom(ALICE, { toDevice: 2 }), {}],
    ['from the account that it names', () => signalFrom(ALICE), { sender: CAROL }],
    ['with an id of its time', () => signalFrom(ALICE, { id: newMessageId(world.clock.now() + 6 * 60 * SECOND) }), {}],
    ['as it is defined', () => ({ ...signalFrom(ALICE), more: 1 }), {}],
    ['with an entry of its time', () => ({ ...signalFrom(ALICE), ...offer(6 * 60 * SECOND) }), {}],
  ])('%s', async (_, content, by) => {
    const heard = listen(phone.conversations);
    await deliver(content(), by);
    expect(heard).toEqual([]);
    await deliver({ ...signalFrom(ALICE), ...offer(0) });
    expect(heard).toHaveLength(1);
  });
  const offer = (ahead: number) => {
    const { type, call, leg, ...rest } = offerOf(newMessageId(world.clock.now() + ahead));
    return { type, call, leg, fromDevice: 1, toDevice: 1, ...rest };
  };

  it.each([
    'stranger',
    'request',
    'blocked',
  ])('from who was accepted: a %s gets nothing in, and nothing back', async (who) => {
    const heard = listen(phone.conversations);
    const carol = await world.join(CAROL);
    await carol.conversations.accept(BOB);
    if (who === 'request') await carol.conversations.send(BOB, 'you do not know me');
    if (who === 'blocked') await phone.conversations.block(CAROL);
    await world.settle();
    const [before, sent] = [await phone.dump(), world.post.sent.length];
    const id = newMessageId(world.clock.now());
    const note = { version: 1, id, from: CAROL, to: BOB, type: 'call', call: CALL, media: 'audio' };
    await deliver(signalFrom(CAROL), { sender: CAROL });
    await deliver({ ...note, timer: { seconds: 0, version: 0 } }, { sender: CAROL });
    expect(heard).toEqual([]);
    const after = (await phone.dump()).split('\n').filter((line) => !line.includes('"copies"'));
    expect(after).toEqual(before.split('\n').filter((line) => !line.includes('"copies"')));
    expect(world.post.sent).toHaveLength(sent + 2);
    await phone.conversations.accept(CAROL);
    await deliver(signalFrom(CAROL), { sender: CAROL });
    expect(heard).toHaveLength(1);
  });

  it('without ringing, where the conversation is muted on this device', async () => {
    const [muted, loud] = [listen(phone.conversations), listen(laptop.conversations)];
    await phone.conversations.mute(ALICE, world.clock.now() + 10 * SECOND);
    await Promise.all([say(1), say(1, 2)]);
    await world.settle();
    expect([muted, loud]).toMatchObject([[{ mayRing: false }], [{ mayRing: true }]]);
    await world.pass(10 * SECOND);
    await say(2);
    await world.settle();
    expect(muted).toMatchObject([{ mayRing: false }, { mayRing: true }]);
  });
});

describe('a signal that cannot be decrypted', () => {
  it('leaves no gap among the messages; the session is mended as for any other letter', async () => {
    world.post.spoils = ({ device, to }) => to === BOB && device === 1;
    await say(1);
    const id = await alice.conversations.send(BOB, 'a text');
    await alice.courier.work();
    await phone.courier.work();
    await phone.courier.work();
    expect(await phone.conversations.messages(ALICE)).toMatchObject([{ id, kind: 'unreadable' }]);
    const asked = world.post.sent.filter(({ payload }) => Buffer.from(payload).includes('resend-request'));
    expect(asked).toHaveLength(2);
  });
});

describe('the age of a signal', () => {
  it.each([
    0,
    20 * SECOND,
    -20 * SECOND,
    DAY,
    -DAY,
  ])('is that of the server, on a device whose clock is %i ms off', async (skew) => {
    phone.skew = skew;
    // Connected, and not told the time yet.
    await phone.restart();
    const heard = listen(phone.conversations);
    await say(1);
    await world.settle();
    expect(heard).toEqual([]);
    world.clock.advance(61 * SECOND - 1);
    phone.courier.server = () => world.clock.now();
    phone.conversations.tick();
    expect(heard).toMatchObject([{ age: 61 * SECOND - 1 }]);
    phone.courier.online = false;
    await say(2);
    world.clock.advance(59 * SECOND);
    phone.courier.online = true;
    await world.settle();
    expect(heard).toMatchObject([{ age: 61 * SECOND - 1 }, { age: 59 * SECOND }]);
  });

  it('is never less than nothing', async () => {
    const heard = listen(phone.conversations);
    phone.courier.server = () => world.clock.now() - SECOND;
    await say(1);
    await world.settle();
    expect(heard).toMatchObject([{ age: 0 }]);
  });
});

describe('the largest payloads', () => {
  it('fit a letter: an offer of 4,000 characters, and as many candidates as there may be', () => {
    const head = { version: 1 as const, id: newMessageId(0), from: ALICE, to: BOB };
    const devices = { fromDevice: 127, toDevice: 127 };
    // The shortest lines that there are in descriptions.
    const sdp = 'a=mid:12\r\n'.repeat(DESCRIPTION_CHARACTERS / 10);
    const { type, call, ...offer } = { ...offerOf(newMessageId(0), sdp), leg: 9 };
    const timer = { seconds: 2_419_200, version: 0x7fff_ffff } as const;
    const { leg, ...rest } = offer;
    const largest = CONTENT.peer.parse({ ...head, type, call, leg, ...devices, ...rest, timer });
    expect(encodePayload(largest).length).toBeLessThanOrEqual(PAYLOAD_BYTES);
    const quoted = (length: number) => ({ ...largest, sdp: '"'.repeat(length) });
    expect(CONTENT.peer.safeParse(quoted(2_501)).success).toBe(false);
    expect(encodePayload(CONTENT.peer.parse(quoted(2_499))).length).toBeGreaterThan(PAYLOAD_BYTES - 300);
    const candidate = `candidate:${'"'.repeat(CANDIDATE_CHARACTERS - 10)}`;
    const candidates = Array.from({ length: CANDIDATES_PER_SIGNAL }, () => ({ candidate, mid: '0' }));
    const many = CONTENT.peer.parse({
      ...{ ...head, type: 'call-candidates', call, leg, ...devices, generation: 99, candidates },
    });
    expect(encodePayload(many).length).toBeLessThanOrEqual(PAYLOAD_BYTES);
  });
});
