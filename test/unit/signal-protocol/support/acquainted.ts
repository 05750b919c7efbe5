import { nodeProvider } from '../../../../client/platform/node-crypto.ts';
import type { ProtocolAddress } from '../../../../client/signal-protocol/index.ts';
import { EnginePeer } from './engine-peer.ts';

export const ALICE: ProtocolAddress = { serviceId: '9d0652a3-dcc3-8d11-975f-74d61598733f', deviceId: 1 };
export const BOB: ProtocolAddress = { serviceId: '796abedb-ca4e-8f18-8803-1fde5b921f9f', deviceId: 2 };

export const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** Two devices that trust each other and have no session. */
export async function acquainted(): Promise<{ alice: EnginePeer; bob: EnginePeer }> {
  const [alice, bob] = await Promise.all([
    EnginePeer.create(ALICE, nodeProvider),
    EnginePeer.create(BOB, nodeProvider),
  ]);
  await alice.trust(BOB, await bob.bundle({ oneTime: false }));
  await bob.trust(ALICE, await alice.bundle({ oneTime: false }));
  return { alice, bob };
}

/** The same, after one message each way: no message carries a handshake any more. */
export async function inSession(): Promise<{ alice: EnginePeer; bob: EnginePeer }> {
  const { alice, bob } = await acquainted();
  await alice.start(BOB, await bob.bundle({ oneTime: true }));
  await bob.decrypt(ALICE, await alice.encrypt(BOB, text('hello')));
  await alice.decrypt(BOB, await bob.encrypt(ALICE, text('hi')));
  return { alice, bob };
}

/** Everything a store holds, to compare: sessions byte for byte, and which prekeys exist. */
export function snapshot({ store }: EnginePeer) {
  return {
    sessions: new Map([...store.sessions].map(([key, bytes]) => [key, Uint8Array.from(bytes)])),
    preKeys: [...store.preKeys.keys()],
    kyberPreKeys: [...store.kyberPreKeys.keys()],
  };
}
