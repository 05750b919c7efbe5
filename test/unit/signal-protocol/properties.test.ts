import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeProvider } from '../../../client/platform/node-crypto.ts';
import { ALICE, acquainted, BOB, inSession, text } from './support/acquainted.ts';
import { disturbThenConverge } from './support/convergence.ts';
import { EnginePeer } from './support/engine-peer.ts';
import { SeededRandom } from './support/random.ts';
import { converse } from './support/schedule.ts';

describe('properties', () => {
  it('any order of arrival decrypts each message exactly once', async () => {
    const order = fc.array(fc.nat(), { minLength: 30, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(order, async (keys) => {
        const { alice, bob } = await inSession();
        const sent = [];
        for (let i = 0; i < keys.length; i++) {
          const message = await alice.encrypt(BOB, text(`${i}`));
          sent.push({ message, plaintext: text(`${i}`), key: keys[i] ?? 0 });
          // Answers in between, so that the messages belong to several chains.
          if (i % 8 === 7) await alice.decrypt(BOB, await bob.encrypt(ALICE, text('answer')));
        }
        sent.sort((a, b) => a.key - b.key);
        for (const { message, plaintext } of sent) {
          expect(await bob.decrypt(ALICE, message)).toEqual(plaintext);
          await expect(bob.decrypt(ALICE, message)).rejects.toMatchObject({ code: 'DUPLICATE_MESSAGE' });
        }
      }),
      { seed: 3, numRuns: 15 },
    );
  });

  it('a long conversation over a bad network stays readable through twelve epochs', async () => {
    const { alice, bob } = await acquainted();
    await converse(alice, bob, { random: new SeededRandom(5), messages: 1500, oneTime: true });
    expect(alice.epoch(BOB)).toBeGreaterThanOrEqual(12);
  });

  it('forty random events converge to one session within ten exchanges', async () => {
    for (let seed = 1; seed <= 25; seed++) {
      const [alice, bob] = [await EnginePeer.create(ALICE, nodeProvider), await EnginePeer.create(BOB, nodeProvider)];
      await disturbThenConverge(alice, bob, new SeededRandom(seed));
      expect(alice.session(BOB).baseKey).toEqual(bob.session(ALICE).baseKey);
    }
  });
});
