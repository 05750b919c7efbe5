import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ALICE, BOB, CAROL, type Talker, World } from '../../../support/talkers.ts';

let world: World;
let phone: Talker;

beforeEach(async () => {
  world = new World();
  await world.join(ALICE);
  phone = await world.join(BOB, 1);
  await world.join(CAROL);
  await phone.conversations.accept(ALICE);
  await phone.conversations.block(CAROL);
  await phone.conversations.changeSettings({ readReceipts: false });
  await world.settle();
});
afterEach(() => world.close());

describe('an own device that is new', () => {
  it('knows who is no stranger, who is blocked, and what is told to others, once it was introduced', async () => {
    const laptop = await world.join(BOB, 2);
    expect(await laptop.conversations.get(ALICE)).toBeUndefined();
    await phone.conversations.introduce(2);
    await world.settle();
    expect(await laptop.conversations.get(ALICE)).toMatchObject({ standing: 'accepted' });
    expect(await laptop.conversations.get(CAROL)).toMatchObject({ standing: 'blocked' });
    expect(await laptop.conversations.settings()).toMatchObject({ readReceipts: false, typing: true });
  });

  it('is the only one that is told, and what it knows better stays', async () => {
    const [laptop, tablet] = [await world.join(BOB, 2), await world.join(BOB, 3)];
    const before = world.post.sent.length;
    await laptop.conversations.block(ALICE);
    await laptop.conversations.block(ALICE);
    await phone.conversations.introduce(2);
    await world.settle();
    expect(await laptop.conversations.get(ALICE)).toMatchObject({ standing: 'blocked' });
    const introduced = world.post.sent.slice(before).filter(({ payload }) => Buffer.from(payload).includes(CAROL));
    expect(introduced.map(({ device }) => device)).toEqual([2]);
    expect(await tablet.conversations.get(CAROL)).toBeUndefined();
  });
});
