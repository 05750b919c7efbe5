import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ALICE, BOB, type Talker, World } from '../../../support/talkers.ts';

/** What somebody does next, by number: the devices, messages and words are whatever there is. */
const action = fc.record({
  who: fc.nat(2),
  what: fc.constantFrom('send', 'reply', 'edit', 'delete', 'react', 'timer', 'read', 'deliver', 'offline', 'restart'),
  which: fc.nat(20),
  luck: fc.infiniteStream(fc.nat(9)),
});
type Action = typeof action extends fc.Arbitrary<infer Value> ? Value : never;

const TIMERS = [0, 3_600, 86_400] as const;

async function act(world: World, talker: Talker, { what, which, luck }: Action): Promise<void> {
  const peer = talker.account === ALICE ? BOB : ALICE;
  const { conversations, courier } = talker;
  const all = await conversations.messages(peer, { limit: 100 });
  const message = all[which % Math.max(1, all.length)];
  const own = all.filter(({ author, kind }) => author === talker.account && kind === 'text');
  const mine = own[which % Math.max(1, own.length)];
  // The clock moves on by a little: nobody does two things at once.
  world.clock.advance(7);
  if (what === 'send') await conversations.send(peer, `words ${which}`);
  if (what === 'reply' && message?.kind === 'text') await conversations.send(peer, 'answer', { reply: message });
  if (what === 'edit' && mine) await conversations.edit(peer, mine.id, `edited ${which}`);
  if (what === 'delete' && mine) await conversations.delete(peer, mine.id);
  if (what === 'react' && message?.kind === 'text') await conversations.react(peer, message, which % 3 ? '👍' : null);
  if (what === 'timer') await conversations.setTimer(peer, TIMERS[which % TIMERS.length] ?? 0);
  if (what === 'read') await conversations.markRead(peer);
  if (what === 'offline') courier.online = !courier.online;
  if (what === 'restart') await talker.restart();
  if (what === 'deliver') {
    const lucky = () => (luck.next().value ?? 0) < 3;
    talker.courier.weather = {
      arrange: (mail) => mail.toSorted(() => (lucky() ? 1 : -1)),
      delays: lucky,
      losesAck: lucky,
    };
    await talker.courier.work();
    talker.courier.weather = {};
  }
}

/** What must be the same on all devices of both people. */
async function seen(talker: Talker) {
  const peer = talker.account === ALICE ? BOB : ALICE;
  const all = await talker.conversations.messages(peer, { limit: 1_000 });
  const messages = all.map(({ id, author, kind, text, edited, reactions, reply }) => ({
    ...{ id, author, kind, text, edited, reply },
    reactions: reactions.toSorted((a, b) => (a.by < b.by ? -1 : 1)),
  }));
  return { messages, timer: (await talker.conversations.get(peer))?.timer };
}

/** What the devices of one person agree on beside that. */
async function deadlines(talker: Talker) {
  const all = await talker.conversations.messages(ALICE, { limit: 1_000 });
  return all.filter(({ author }) => author === ALICE).map(({ id, deadline }) => ({ id, deadline }));
}

describe('devices that lose, repeat and reorder letters', () => {
  it('end with the same conversation', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 25 }), async (actions) => {
        const world = new World();
        const [alice, phone, laptop] = [await world.join(ALICE), await world.join(BOB, 1), await world.join(BOB, 2)];
        await alice.conversations.accept(BOB);
        await phone.conversations.accept(ALICE);
        await world.settle();
        for (const step of actions) await act(world, [alice, phone, laptop][step.who] ?? alice, step);
        for (const talker of world.talkers) talker.courier.online = true;
        await world.settle();
        const expected = await seen(alice);
        expect(await seen(phone)).toEqual(expected);
        expect(await seen(laptop)).toEqual(expected);
        expect(await deadlines(laptop)).toEqual(await deadlines(phone));
        world.close();
      }),
      { seed: 6, numRuns: 150 },
    );
  });
});
