import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Content, Written } from '../../../../client/conversation/content.ts';
import { conversationId } from '../../../../client/conversation/conversation-id.ts';
import { readRecord } from '../../../../client/conversation/ledger.ts';
import { hashOf } from '../../../../client/conversation/payload.ts';
import { messageKey, messages } from '../../../../client/conversation/records.ts';
import { REQUEST_MESSAGES, REQUESTS } from '../../../../client/conversation/requests.ts';
import { newMessageId } from '../../../../client/device/message-id.ts';
import { utf8 } from '../../../../shared/protocol/bytes.ts';
import { ALICE, BOB, CAROL, type Talker, World } from '../../../support/talkers.ts';

const SALT = 'A'.repeat(22);
const TIMER = { seconds: 0, version: 0 } as const;

let world: World;
let bob: Talker;

/** Bob, who has accepted Alice; what comes from her and others is written by hand. */
beforeEach(async () => {
  world = new World();
  bob = await world.join(BOB);
  await bob.conversations.accept(ALICE);
  await world.settle();
});
afterEach(() => world.close());

const head = (from: string, to = BOB) => ({ version: 1 as const, id: newMessageId(world.clock.now()), from, to });
const text = (from: string, said: string, to = BOB) =>
  ({ ...head(from, to), type: 'text', text: said, timer: TIMER, salt: SALT }) as const;

/** Puts a letter into Bob's mailbox; `as` is who the sessions prove it to be from. */
async function deliver(
  content: Content | string,
  as: string,
  conversation: string | undefined = conversationId(as, BOB),
  id?: string,
) {
  const name = id ?? (typeof content === 'string' ? newMessageId(world.clock.now()) : content.id);
  const payload = utf8(typeof content === 'string' ? content : JSON.stringify(content));
  const expires = world.clock.now() + 1_000_000;
  world.post.deposit({ id: name, to: BOB, device: 1, sender: as, senderDevice: 1, conversation, payload, expires });
  await world.settle();
}

const target = (original: Written) => ({
  author: original.from,
  id: original.id,
  hash: hashOf(original),
});

describe('content is taken only from who may say it', () => {
  it('shows a text of an accepted contact', async () => {
    await deliver(text(ALICE, 'hello'), ALICE);
    expect(await bob.texts(ALICE)).toEqual(['hello']);
  });

  it.each<[string, () => Content, string]>([
    ['in the name of somebody else', () => text(ALICE, 'forged'), CAROL],
    ['for somebody else', () => text(ALICE, 'forged', CAROL), ALICE],
    [
      'that says what a device of Bob said',
      () => ({ ...head(ALICE), type: 'sent', original: text(ALICE, 'forged', CAROL), deadline: null }),
      ALICE,
    ],
    [
      'that decides for Bob',
      () => ({ ...head(ALICE), type: 'standing', conversation: CAROL, standing: 'accepted', revision: 9 }),
      ALICE,
    ],
    [
      'that changes his settings',
      () => ({
        ...head(ALICE),
        type: 'settings',
        deliveryReceipts: false,
        readReceipts: false,
        typing: false,
        revision: 9,
      }),
      ALICE,
    ],
    ['that nobody asked for again', () => ({ ...head(ALICE), type: 'resent', original: text(ALICE, 'forged') }), ALICE],
  ])('ignores one %s', async (_, content, as) => {
    const before = await bob.dump();
    // Whatever conversation the letter names: the honest one, that of others, or none.
    for (const one of [conversationId(as, BOB), conversationId(ALICE, BOB), conversationId(ALICE, CAROL), undefined]) {
      const { id } = content();
      await deliver({ ...content(), id }, as, one, id);
    }
    const after = (await bob.dump()).split('\n').filter((line) => !line.includes('copies'));
    expect(after.join('\n')).toBe(before);
  });

  it('ignores one whose letter has another id', async () => {
    await deliver(text(ALICE, 'hello'), ALICE, conversationId(ALICE, BOB), newMessageId(world.clock.now()));
    expect(await bob.texts(ALICE)).toEqual([]);
  });

  it.each([
    -24 * 60 * 60 * 1_000 - 1,
    5 * 60 * 1_000 + 1,
  ])('ignores one whose id is %i ms off the time at which it was sent', async (off) => {
    await deliver({ ...text(ALICE, 'hello'), id: newMessageId(world.clock.now() + off) }, ALICE);
    expect(await bob.texts(ALICE)).toEqual([]);
  });

  it.each<[string, () => Content]>([
    [
      'somebody else said',
      () => ({ ...head(BOB), type: 'sent', original: text(ALICE, 'forged', CAROL), deadline: null }),
    ],
    ['was said to itself', () => ({ ...head(BOB), type: 'sent', original: text(BOB, 'forged', BOB), deadline: null })],
  ])('does not believe its own devices that they said what %s', async (_, content) => {
    const before = await bob.dump();
    await deliver(content(), BOB, conversationId(BOB, CAROL));
    await deliver(content(), BOB, conversationId(BOB, BOB));
    expect(
      (await bob.dump())
        .split('\n')
        .filter((line) => !line.includes('copies'))
        .join('\n'),
    ).toBe(before);
  });

  it('ignores what its own devices alone may say when it comes in a conversation', async () => {
    const content: Content = {
      ...head(BOB),
      type: 'read',
      conversation: ALICE,
      messages: [{ id: newMessageId(1), deadline: 1 }],
    };
    const before = await bob.dump();
    await deliver(content, BOB, conversationId(BOB, CAROL));
    expect(
      (await bob.dump())
        .split('\n')
        .filter((line) => !line.includes('copies'))
        .join('\n'),
    ).toBe(before);
  });

  it('refuses an edit and a deletion of what somebody else wrote', async () => {
    const id = await bob.conversations.send(ALICE, 'mine');
    await world.settle();
    const record = await readRecord(bob.store, messages, messageKey({ conversation: ALICE, author: BOB, id }));
    if (record?.kind !== 'text') throw new Error('there is no message');
    const stolen = { author: BOB, id, hash: hashOf(record.original) };
    await deliver({ ...head(ALICE), type: 'edit', target: stolen, text: 'yours' }, ALICE);
    await deliver({ ...head(ALICE), type: 'delete', target: stolen }, ALICE);
    expect(await bob.texts(ALICE)).toEqual(['mine']);
    await expect(bob.conversations.edit(ALICE, newMessageId(1), 'x')).rejects.toMatchObject({
      code: 'unknown-message',
    });
  });

  it('refuses a change of a text that was never shown: another one under the same id', async () => {
    const shown = text(ALICE, 'shown');
    await deliver(shown, ALICE);
    const other = { ...shown, text: 'shown to somebody else' };
    await deliver({ ...head(ALICE), type: 'edit', target: target(other), text: 'edited' }, ALICE);
    expect(await bob.texts(ALICE)).toEqual(['shown']);
    await deliver({ ...head(ALICE), type: 'edit', target: target(shown), text: 'edited' }, ALICE);
    expect(await bob.texts(ALICE)).toEqual(['edited']);
  });

  it('refuses an edit after a day, and takes a deletion', async () => {
    const old = text(ALICE, 'old');
    await deliver(old, ALICE);
    world.clock.advance(24 * 60 * 60 * 1_000 + 1);
    await deliver({ ...head(ALICE), type: 'edit', target: target(old), text: 'rewritten' }, ALICE);
    expect(await bob.texts(ALICE)).toEqual(['old']);
    await deliver({ ...head(ALICE), type: 'delete', target: target(old) }, ALICE);
    expect(await bob.texts(ALICE)).toEqual(['(deleted)']);
  });
});

describe('content has one form', () => {
  it.each<[string, (content: Content) => string]>([
    ['white space', (content) => JSON.stringify(content, null, 1)],
    ['a key twice', (content) => JSON.stringify(content).replace('{"version":1,', '{"version":1,"version":1,')],
    ['keys in another order', ({ version, ...rest }) => JSON.stringify({ ...rest, version })],
    ['an unknown key', (content) => JSON.stringify({ ...content, also: 1 })],
    ['an unknown type', (content) => JSON.stringify({ ...content, type: 'hologram' })],
    ['another version', (content) => JSON.stringify({ ...content, version: 2 })],
    ['half a character', (content) => JSON.stringify({ ...content, text: '\ud800' })],
  ])('and is ignored with %s, without an answer', async (_, write) => {
    const content = text(ALICE, 'hello');
    const letters = world.post.sent.length;
    await deliver(write(content), ALICE, undefined, content.id);
    await deliver(write(content), ALICE, conversationId(ALICE, BOB), content.id);
    await world.pass(60_000);
    expect(await bob.texts(ALICE)).toEqual([]);
    expect(world.post.sent.filter(({ sender }) => sender === BOB).length).toBeLessThanOrEqual(letters);
  });

  it.each([
    'x'.repeat(4_094),
    '"'.repeat(2_047),
    '\n'.repeat(2_047),
    '\u0001'.repeat(682),
    '\u{1f600}'.repeat(1_023),
  ])('fits a letter, and one in which it is passed on, at its longest', async (longest) => {
    await expect(bob.conversations.send(ALICE, `${longest}xxxx`)).rejects.toMatchObject({ code: 'invalid-content' });
    await bob.conversations.setTimer(ALICE, 5);
    const id = await bob.conversations.send(ALICE, 'a question');
    await bob.conversations.send(ALICE, longest, { reply: { author: BOB, id } });
    await world.settle();
    expect((await bob.texts(ALICE)).at(-1)).toBe(longest);
  });

  it('takes one emoji as a reaction, and no words', async () => {
    const shown = text(ALICE, 'shown');
    await deliver(shown, ALICE);
    for (const emoji of ['no', '👍👍', ' 👍', '1']) {
      await expect(bob.conversations.react(ALICE, target(shown), emoji)).rejects.toMatchObject({
        code: 'invalid-content',
      });
    }
    for (const emoji of ['👍', '❤️', '🏳️‍🌈', '🇨🇭', '👩🏽‍🚀']) await bob.conversations.react(ALICE, target(shown), emoji);
    expect((await bob.conversations.messages(ALICE))[0]?.reactions).toEqual([{ by: BOB, emoji: '👩🏽‍🚀' }]);
  });
});

describe('strangers and silent probes', () => {
  it('get no answer of any kind', async () => {
    const letters = () => world.post.sent.filter(({ sender }) => sender === BOB).length;
    const before = letters();
    await deliver(text(CAROL, 'hello'), CAROL);
    await bob.conversations.markRead(CAROL);
    await deliver({ ...head(CAROL), type: 'resend-request', letter: newMessageId(world.clock.now()) }, CAROL);
    const nothing = { author: CAROL, id: newMessageId(world.clock.now()), hash: 'A'.repeat(43) };
    for (const as of [ALICE, CAROL]) {
      await deliver({ ...head(as), type: 'reaction', target: { ...nothing, author: as }, emoji: '👍' }, as);
      await deliver({ ...head(as), type: 'delete', target: { ...nothing, author: as } }, as);
      await deliver(
        { ...head(as), type: 'receipt', kind: 'read', messages: [{ id: nothing.id, hash: nothing.hash }] },
        as,
      );
    }
    await world.pass(60_000);
    // One note to the own other devices that the stranger's text was read.
    expect(world.post.sent.filter(({ sender, to }) => sender === BOB && to !== BOB).length).toBe(0);
    expect(letters()).toBe(before);
  });

  it('fill no disk', async () => {
    for (let i = 0; i < REQUEST_MESSAGES + 5; i++) await deliver(text(CAROL, `hello ${i}`), CAROL);
    expect((await bob.texts(CAROL)).length).toBe(REQUEST_MESSAGES);
  });

  it('leave no trace when they are blocked', async () => {
    await bob.conversations.block(CAROL);
    await deliver(text(CAROL, 'xyzzy'), CAROL);
    expect(await bob.dump()).not.toContain('xyzzy');
    await expect(bob.conversations.send(CAROL, 'no')).rejects.toMatchObject({ code: 'blocked' });
  });

  it('open no more requests than there is room for', async () => {
    for (let i = 0; i <= REQUESTS; i++) {
      const stranger = `44444444-4444-8444-8444-${i.toString(16).padStart(12, '0')}`;
      await deliver(text(stranger, 'hello'), stranger);
    }
    expect((await bob.conversations.list()).filter(({ standing }) => standing === 'request')).toHaveLength(REQUESTS);
  });
});

describe('a message that was there', () => {
  const timed = () => ({ ...text(ALICE, 'xyzzy'), timer: { seconds: 5, version: 1 } }) as const;

  it('is not new when its letter comes again, encrypted anew', async () => {
    const shown = timed();
    await deliver(shown, ALICE);
    await bob.conversations.markRead(ALICE);
    await deliver(shown, ALICE);
    expect((await bob.conversations.messages(ALICE))[0]?.state).toBe('seen');
    await world.pass(5_000);
    await deliver(shown, ALICE);
    expect(await bob.texts(ALICE)).toEqual([]);
    expect(await bob.dump()).not.toContain('xyzzy');
  });

  it('leaves no room for changes of it when it has gone', async () => {
    const shown = timed();
    await deliver(shown, ALICE);
    await bob.conversations.markRead(ALICE);
    await world.pass(5_000);
    await deliver({ ...head(ALICE), type: 'edit', target: target(shown), text: 'xyzzy again' }, ALICE);
    expect(await bob.dump()).not.toContain('xyzzy');
  });

  it('may be waited for by some changes, and not by any number', async () => {
    const late = text(ALICE, 'late');
    for (let i = 0; i < 50; i++) {
      world.clock.advance(1);
      await deliver({ ...head(ALICE), type: 'edit', target: target(late), text: `edit ${i}` }, ALICE);
    }
    expect((await bob.dump()).match(/"text":"edit \d+"/g)).toHaveLength(20);
    await deliver(late, ALICE);
    expect(await bob.texts(ALICE)).toEqual(['edit 19']);
    expect((await bob.dump()).match(/"text":"edit \d+"/g)).toHaveLength(1);
  });
});
