import { nodeProvider } from '../../client/platform/node-crypto.ts';
import type { PreKeyBundle, ProtocolAddress } from '../../client/signal-protocol/index.ts';
import { LibsignalPeer } from '../../test/interop/engine/libsignal-peer.ts';
import { EnginePeer } from '../../test/unit/signal-protocol/support/engine-peer.ts';
import type { Peer } from '../../test/unit/signal-protocol/support/peer.ts';

const ALICE: ProtocolAddress = { serviceId: '9d0652a3-dcc3-8d11-975f-74d61598733f', deviceId: 1 };
const BOB: ProtocolAddress = { serviceId: '796abedb-ca4e-8f18-8803-1fde5b921f9f', deviceId: 2 };

/** Two devices of one implementation that have no session yet, and a bundle of Bob's. */
export interface Pair {
  readonly alice: Peer;
  readonly bob: Peer;
  readonly bundle: PreKeyBundle;
}

export async function enginePair(): Promise<Pair> {
  return acquainted(await EnginePeer.create(ALICE, nodeProvider), await EnginePeer.create(BOB, nodeProvider));
}

export async function libsignalPair(): Promise<Pair> {
  return acquainted(new LibsignalPeer(ALICE), new LibsignalPeer(BOB));
}

async function acquainted(alice: Peer, bob: Peer): Promise<Pair> {
  const bundle = await bob.bundle({ oneTime: true });
  await alice.trust(BOB, bundle);
  await bob.trust(ALICE, await alice.bundle({ oneTime: true }));
  return { alice, bob, bundle };
}

/** A session from a bundle, its first message and its first decryption. */
export async function setUp({ alice, bob, bundle }: Pair, plaintext: Uint8Array): Promise<void> {
  await alice.start(BOB, bundle);
  await bob.decrypt(ALICE, await alice.encrypt(BOB, plaintext));
}

/** One message each way. After the first answer no message carries a handshake any more. */
export async function exchange({ alice, bob }: Pair, plaintext: Uint8Array): Promise<void> {
  await alice.decrypt(BOB, await bob.encrypt(ALICE, plaintext));
  await bob.decrypt(ALICE, await alice.encrypt(BOB, plaintext));
}
