import { expect, it } from 'vitest';
import { nodeProvider } from '../../../client/platform/node-crypto.ts';
import { soakSeed } from '../../support/soak-seed.ts';
import { EnginePeer } from '../../unit/signal-protocol/support/engine-peer.ts';
import { SeededRandom } from '../../unit/signal-protocol/support/random.ts';
import { converse } from '../../unit/signal-protocol/support/schedule.ts';
import { ALICE, BOB } from './addresses.ts';
import { LibsignalPeer } from './libsignal-peer.ts';

const CONVERSATIONS = 20;
const MESSAGES = 5000;

it('a hundred thousand messages with libsignal, in both roles, over a bad network', async () => {
  const random = new SeededRandom(soakSeed('conversation with libsignal'));
  let epochs = 0;
  for (let i = 0; i < CONVERSATIONS; i++) {
    const engine = await EnginePeer.create(ALICE, nodeProvider);
    const libsignal = new LibsignalPeer(BOB);
    const [initiator, responder] = i % 2 === 0 ? [engine, libsignal] : [libsignal, engine];
    const delivered = await converse(initiator, responder, { random, messages: MESSAGES, oneTime: random.chance(0.5) });
    expect(delivered).toBeGreaterThan(MESSAGES / 2);
    epochs += engine.epoch(BOB);
  }
  console.log(`${CONVERSATIONS * MESSAGES} messages, ${epochs} epochs of the post-quantum ratchet`);
});
