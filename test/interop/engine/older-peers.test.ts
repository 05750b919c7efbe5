import { beforeEach, describe, expect, it } from 'vitest';
import { nodeProvider } from '../../../client/platform/node-crypto.ts';
import type { EncryptedMessage } from '../../../client/signal-protocol/index.ts';
import { EnginePeer } from '../../unit/signal-protocol/support/engine-peer.ts';
import { ALICE, BOB } from './addresses.ts';
import { firstMessage067 } from './libsignal-067.ts';
import { firstMessage090 } from './libsignal-090.ts';

let engine: EnginePeer;

beforeEach(async () => {
  engine = await EnginePeer.create(ALICE, nodeProvider);
});

async function refusal(first: { identityKey: Uint8Array; registrationId: number; message: EncryptedMessage }) {
  engine.store.trust(BOB, first);
  await expect(engine.decrypt(BOB, first.message)).rejects.toMatchObject({
    name: 'ProtocolError',
    code: expect.any(String),
  });
  expect(engine.store.sessions.size).toBe(0);
  const error: unknown = await engine.decrypt(BOB, first.message).catch((reason: unknown) => reason);
  return error;
}

describe('older peers are refused, and the refusal says why', () => {
  it('without a KEM in the handshake: message version 3', async () => {
    const first = await firstMessage067(ALICE, await engine.bundle({ oneTime: false }), false);
    expect(await refusal(first)).toMatchObject({ code: 'LEGACY_VERSION' });
  });

  it('with a KEM in the handshake, but no post-quantum ratchet', async () => {
    const first = await firstMessage067(ALICE, await engine.bundle({ oneTime: false }), true);
    expect(await refusal(first)).toMatchObject({ code: 'MISSING_PQ_RATCHET' });
  });

  it('with both, but not bound to the two addresses', async () => {
    const first = await firstMessage090(ALICE, await engine.bundle({ oneTime: false }));
    expect(await refusal(first)).toMatchObject({ code: 'ADDRESS_MISMATCH' });
  });
});
