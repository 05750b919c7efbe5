import { describe, expect, it } from 'vitest';
import { nodeProvider } from '../../../client/platform/node-crypto.ts';
import { portableProvider } from '../../../client/signal-protocol/index.ts';
import { EnginePeer } from '../../unit/signal-protocol/support/engine-peer.ts';
import { SeededRandom } from '../../unit/signal-protocol/support/random.ts';
import { converse } from '../../unit/signal-protocol/support/schedule.ts';
import { ALICE, BOB } from './addresses.ts';
import { LibsignalPeer } from './libsignal-peer.ts';

const roles = [
  { role: 'initiator', oneTime: true },
  { role: 'initiator', oneTime: false },
  { role: 'responder', oneTime: true },
  { role: 'responder', oneTime: false },
] as const;

describe('a conversation with libsignal over a bad network', () => {
  it.each(roles)('as $role, one-time keys: $oneTime', async ({ role, oneTime }) => {
    const engine = await EnginePeer.create(ALICE, nodeProvider);
    const libsignal = new LibsignalPeer(BOB);
    const [initiator, responder] = role === 'initiator' ? [engine, libsignal] : [libsignal, engine];
    const random = new SeededRandom(oneTime ? 11 : 12);
    await converse(initiator, responder, { random, messages: 1500, oneTime });
    expect(engine.epoch(BOB)).toBeGreaterThanOrEqual(12);
  });

  it.each(['initiator', 'responder'] as const)('as %s without any help of the platform', async (role) => {
    const engine = await EnginePeer.create(ALICE, portableProvider);
    const libsignal = new LibsignalPeer(BOB);
    const [initiator, responder] = role === 'initiator' ? [engine, libsignal] : [libsignal, engine];
    const random = new SeededRandom(13);
    await converse(initiator, responder, { random, messages: 150, oneTime: true });
  });
});
