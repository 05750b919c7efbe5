import { it } from 'vitest';
import { nodeProvider } from '../../../client/platform/node-crypto.ts';
import { soakSeed } from '../../support/soak-seed.ts';
import { disturbThenConverge } from '../../unit/signal-protocol/support/convergence.ts';
import { EnginePeer } from '../../unit/signal-protocol/support/engine-peer.ts';
import { SeededRandom } from '../../unit/signal-protocol/support/random.ts';
import { ALICE, BOB } from './addresses.ts';
import { LibsignalPeer } from './libsignal-peer.ts';

it('two thousand random schedules converge, with libsignal and without', async () => {
  const random = new SeededRandom(soakSeed('convergence'));
  for (let i = 0; i < 2000; i++) {
    const alice = await EnginePeer.create(ALICE, nodeProvider);
    const bob = i % 2 === 0 ? new LibsignalPeer(BOB) : await EnginePeer.create(BOB, nodeProvider);
    await disturbThenConverge(alice, bob, random);
  }
});
