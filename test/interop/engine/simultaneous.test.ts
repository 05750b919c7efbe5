import { describe, expect, it } from 'vitest';
import { nodeProvider } from '../../../client/platform/node-crypto.ts';
import { disturbThenConverge } from '../../unit/signal-protocol/support/convergence.ts';
import { EnginePeer } from '../../unit/signal-protocol/support/engine-peer.ts';
import { SeededRandom } from '../../unit/signal-protocol/support/random.ts';
import { ALICE, BOB } from './addresses.ts';
import { LibsignalPeer } from './libsignal-peer.ts';

const text = (value: string) => new TextEncoder().encode(value);

describe('sessions that both sides start', () => {
  it('both first messages are readable, and one session remains', async () => {
    const engine = await EnginePeer.create(ALICE, nodeProvider);
    const libsignal = new LibsignalPeer(BOB);
    const [ours, theirs] = [await engine.bundle({ oneTime: true }), await libsignal.bundle({ oneTime: true })];
    await engine.trust(BOB, theirs);
    await libsignal.trust(ALICE, ours);
    await Promise.all([engine.start(BOB, theirs), libsignal.start(ALICE, ours)]);
    const [there, back] = [await engine.encrypt(BOB, text('hello')), await libsignal.encrypt(ALICE, text('hi'))];
    expect([there.type, back.type]).toEqual(['prekey', 'prekey']);
    expect(await libsignal.decrypt(ALICE, there)).toEqual(text('hello'));
    expect(await engine.decrypt(BOB, back)).toEqual(text('hi'));
    for (let i = 0; i < 2; i++) {
      const answer = await engine.encrypt(BOB, text('agreed'));
      expect(answer.type).toBe('message');
      expect(await libsignal.decrypt(ALICE, answer)).toEqual(text('agreed'));
      const question = await libsignal.encrypt(ALICE, text('agreed?'));
      expect(question.type).toBe('message');
      expect(await engine.decrypt(BOB, question)).toEqual(text('agreed?'));
    }
  });

  it('forty random events with libsignal converge to one session within ten exchanges', async () => {
    for (let seed = 1; seed <= 15; seed++) {
      const engine = await EnginePeer.create(ALICE, nodeProvider);
      await disturbThenConverge(engine, new LibsignalPeer(BOB), new SeededRandom(seed));
    }
  });
});
