import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { conversationId } from '../../../../client/conversation/conversation-id.ts';
import { RESENDS_PER_HOUR } from '../../../../client/conversation/resends.ts';
import { newMessageId } from '../../../../client/device/message-id.ts';
import { utf8 } from '../../../../shared/protocol/bytes.ts';
import type { Copy } from '../../../support/memory-post.ts';
import { ALICE, BOB, type Talker, World } from '../../../support/talkers.ts';

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
  await alice.conversations.setTimer(BOB, 3_600);
  await world.settle();
});
afterEach(() => world.close());

/** Spoils what comes until it has been asked for again. */
function spoil(which: (copy: Copy) => boolean): void {
  const first = new Set<string>();
  world.post.spoils = (copy) => {
    if (!which(copy) || first.size > 0) return false;
    first.add(copy.id);
    return true;
  };
}

const lettersOf = (type: string) =>
  world.post.sent.filter(({ payload }) => JSON.parse(Buffer.from(payload).toString()).type === type);

describe('a letter that cannot be decrypted', () => {
  it('is asked for again, of the device that sent it, and comes', async () => {
    spoil(({ to, device }) => to === BOB && device === 2);
    await alice.conversations.send(BOB, 'hello');
    await alice.courier.work();
    await laptop.courier.work();
    expect(await laptop.texts(ALICE)).toEqual(['(unreadable)']);
    await world.settle();
    for (const talker of [phone, laptop]) expect(await talker.texts(ALICE)).toEqual(['hello']);
    expect(lettersOf('resent').map(({ to, device }) => ({ to, device }))).toEqual([{ to: BOB, device: 2 }]);
  });

  it('may be a change, or what another own device said', async () => {
    const id = await alice.conversations.send(BOB, 'hello');
    await world.settle();
    spoil(({ to, device }) => to === BOB && device === 2);
    await alice.conversations.edit(BOB, id, 'hello there');
    await world.settle();
    expect(await laptop.texts(ALICE)).toEqual(['hello there']);
    spoil(({ to, device }) => to === BOB && device === 2);
    await phone.conversations.send(ALICE, 'hello yourself');
    await world.settle();
    expect(await laptop.texts(ALICE)).toEqual(['hello there', 'hello yourself']);
  });

  it('is not sent again once its time is up', async () => {
    spoil(({ to, device }) => to === BOB && device === 2);
    await alice.conversations.send(BOB, 'hello');
    await alice.courier.work();
    await laptop.courier.work();
    await laptop.courier.work();
    alice.stop();
    world.clock.advance(3_600_000);
    await alice.start();
    await world.settle();
    expect(lettersOf('resent')).toEqual([]);
    expect(await laptop.texts(ALICE)).toEqual(['(unreadable)']);
  });

  it('is not sent to a device that it was not sent to', async () => {
    await alice.conversations.send(BOB, 'hello');
    await world.settle();
    const tablet = await world.join(BOB, 3);
    await tablet.conversations.accept(ALICE);
    await world.settle();
    const { id } = lettersOf('text')[0] ?? { id: '' };
    spoil(({ to, device }) => to === BOB && device === 3);
    // The server replays to the new device what was said before it came.
    world.post.deposit({ ...copyOf(id), device: 3 });
    await world.settle();
    expect(lettersOf('resend-request').length).toBe(1);
    expect(lettersOf('resent')).toEqual([]);
  });

  it('is said again once, however often it is asked for', async () => {
    const id = await alice.conversations.send(BOB, 'hello');
    await world.settle();
    for (let time = 0; time < 3; time++) {
      const head = { version: 1, id: newMessageId(world.clock.now()), from: BOB, to: ALICE };
      const payload = utf8(JSON.stringify({ ...head, type: 'resend-request', letter: id }));
      const letter = { id: head.id, to: ALICE, device: 1, sender: BOB, senderDevice: 2, payload };
      const expires = world.clock.now() + 1_000;
      world.post.deposit({ ...letter, conversation: conversationId(ALICE, BOB), expires });
      await world.settle();
    }
    expect(lettersOf('resent')).toHaveLength(1);
  });

  it('causes no storm', async () => {
    world.post.spoils = ({ to, sender }) => to === BOB && sender === ALICE;
    for (let i = 0; i < RESENDS_PER_HOUR + 5; i++) await alice.conversations.send(BOB, `hello ${i}`);
    await world.settle();
    // Each of Bob's two devices asks so often, and no more; what is sent again is spoiled too, and not asked for.
    expect(lettersOf('resend-request').length).toBe(2 * RESENDS_PER_HOUR);
    expect(lettersOf('resent').length).toBe(RESENDS_PER_HOUR);
    await world.settle();
    expect(lettersOf('resend-request').length).toBe(2 * RESENDS_PER_HOUR);
  });
});

function copyOf(id: string): Copy {
  const copy = world.post.sent.find((one) => one.id === id);
  if (!copy) throw new Error('there is no such letter');
  return copy;
}
