import { describe, expect, it } from 'vitest';
import { Crash, CrashingStore } from '../../../support/crashing-store.ts';
import { ALICE, BOB, type Talker, World } from '../../../support/talkers.ts';

/** More operations than any of the stories below takes. */
const MANY = 2_000;

/** What a person does, again after a crash if it has left no trace. */
type Step = (world: World, talker: Talker) => Promise<void>;

const sayOnce =
  (account: string, text: string): Step =>
  async (_, talker) => {
    if (!(await talker.texts(account)).includes(text)) await talker.conversations.send(account, text);
  };
const settle: Step = (world) => world.settle();

/** Runs the steps on a device whose program ends at the `at`-th operation of its store. False: it never came to that. */
async function withCrash(world: World, talker: Talker, at: number, steps: readonly Step[]): Promise<boolean> {
  let store: CrashingStore | undefined;
  talker.wrap = (inner) => {
    store = new CrashingStore(inner, at);
    return store;
  };
  talker.stop();
  await surviving(talker, () => talker.start());
  for (const step of steps) await surviving(talker, () => step(world, talker));
  return store?.spare() ?? true;
}

/** Does it, and after a crash starts the program again and does it once more. */
async function surviving(talker: Talker, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
    talker.wrap = (inner) => inner;
    await talker.restart();
    await work();
  }
}

/** Runs a story with a crash at every operation that it takes, and once without. */
async function atEveryPoint(story: (at: number) => Promise<boolean>): Promise<number> {
  for (let at = 0; at < MANY; at++) if (!(await story(at))) return at;
  throw new Error('the story does not end');
}

async function pair(): Promise<{ world: World; alice: Talker; bob: Talker }> {
  const world = new World();
  const [alice, bob] = [await world.join(ALICE), await world.join(BOB)];
  await alice.conversations.accept(BOB);
  await bob.conversations.accept(ALICE);
  await alice.conversations.setTimer(BOB, 3_600);
  await world.settle();
  return { world, alice, bob };
}

describe('a program that ends at any point', () => {
  it('while it sends: every message arrives, none is shown twice', async () => {
    const points = await atEveryPoint(async (at) => {
      const { world, alice, bob } = await pair();
      const crashed = await withCrash(world, alice, at, [sayOnce(BOB, 'one'), settle, sayOnce(BOB, 'two'), settle]);
      for (const texts of [await alice.texts(BOB), await bob.texts(ALICE)]) expect(texts).toEqual(['one', 'two']);
      const states = (await alice.conversations.messages(BOB)).map(({ state, deadline }) => ({
        state,
        timed: deadline !== undefined,
      }));
      expect(states).toEqual([
        { state: 'sent', timed: true },
        { state: 'sent', timed: true },
      ]);
      world.close();
      return crashed;
    });
    expect(points).toBeGreaterThan(40);
  });

  it('while it receives: every message is shown once, and none stays at the server', async () => {
    const points = await atEveryPoint(async (at) => {
      const { world, alice, bob } = await pair();
      for (const text of ['one', 'two']) await alice.conversations.send(BOB, text);
      await alice.courier.work();
      const crashed = await withCrash(world, bob, at, [settle, sayOnce(ALICE, 'three'), settle]);
      for (const texts of [await alice.texts(BOB), await bob.texts(ALICE)])
        expect(texts).toEqual(['one', 'two', 'three']);
      expect([...world.post.mail.values()]).toEqual([]);
      expect((await bob.conversations.get(ALICE))?.unread).toBe(2);
      world.close();
      return crashed;
    });
    expect(points).toBeGreaterThan(40);
  });

  it('while messages disappear: none is left after the next start', async () => {
    await atEveryPoint(async (at) => {
      const { world, alice, bob } = await pair();
      for (const text of ['xyzzy one', 'xyzzy two']) await alice.conversations.send(BOB, text);
      await world.settle();
      await bob.conversations.markRead(ALICE);
      bob.stop();
      world.clock.advance(3_600_000);
      const crashed = await withCrash(world, bob, at, [settle]);
      expect(await bob.dump()).not.toContain('xyzzy');
      world.close();
      return crashed;
    });
  });
});

describe('a store that fails for a while', () => {
  it('is told about, and what was due is erased when it works again', async () => {
    const { world, alice, bob } = await pair();
    await alice.conversations.send(BOB, 'xyzzy');
    await world.settle();
    await bob.conversations.markRead(ALICE);
    const failing = { now: false };
    const failures: unknown[] = [];
    bob.onFailure = (error) => failures.push(error);
    bob.wrap = (inner) => ({
      get: (collection, key) => inner.get(collection, key),
      range: (collection, options) => inner.range(collection, options),
      batch: (writes) => inner.batch(writes),
      update: (decide) => (failing.now ? Promise.reject(new Error('disk full')) : inner.update(decide)),
      compact: () => inner.compact(),
      close: () => inner.close(),
    });
    await bob.restart();
    failing.now = true;
    world.clock.advance(3_600_000);
    await expect.poll(() => failures.length).toBeGreaterThan(0);
    failing.now = false;
    await world.pass(60_000);
    await expect.poll(() => bob.dump()).not.toContain('xyzzy');
    world.close();
  });
});
