// The Sparse Post-Quantum Ratchet (Double Ratchet section 5): ML-KEM Braid agrees on secrets, the chains turn them into
// message keys. Pure functions over an immutable state, like the rest of the ratchet.

import type { CryptoProvider } from '../primitives/provider.ts';
import { createAuthenticator } from './authenticator.ts';
import { addEpoch, type ChainsState, createChains, nextSendingKey, receivingKey } from './epoch-chains.ts';
import { createDecoder } from './erasure-code.ts';
import { decodeSpqrMessage, encodeSpqrMessage } from './message.ts';
import { braidReceive, HEADER_BYTES } from './receive.ts';
import { braidSend } from './send.ts';
import type { BraidState } from './state.ts';

export interface SpqrState {
  readonly braid: BraidState;
  readonly chains: ChainsState;
}

/** The first state, from the 32-byte secret of PQXDH. The initiator offers the first key, in epoch 1. */
export function spqrInitialize(initiator: boolean, secret: Uint8Array): SpqrState {
  const common = { epoch: 1, authenticator: createAuthenticator(secret) };
  const braid: BraidState = initiator
    ? { ...common, name: 'KeysUnsampled' }
    : { ...common, name: 'NoHeaderReceived', header: createDecoder(HEADER_BYTES) };
  return { braid, chains: createChains(initiator, secret) };
}

/** Send (ML-KEM Braid section 1.1), and a step of the sending chain: the message to send along, and the 32-byte key to mix into the message keys. */
export async function spqrSend(
  provider: CryptoProvider,
  state: SpqrState,
): Promise<{ state: SpqrState; message: Uint8Array; key: Uint8Array }> {
  const { epoch } = state.braid;
  const { state: braid, payload, epochKey } = await braidSend(provider, state.braid);
  const extended = epochKey ? addEpoch(state.chains, epochKey) : state.chains;
  // The peer is sure to hold the secret of the epoch before the one being negotiated, and no later one.
  const { state: chains, index, key } = nextSendingKey(extended, epoch - 1);
  return { state: { braid, chains }, message: encodeSpqrMessage({ epoch, keyIndex: index, payload }), key };
}

/**
 * Receive (ML-KEM Braid section 1.1), and a step of the receiving chain. The result is to be kept only if the ratchet message authenticates.
 *
 * @throws ProtocolError INVALID_PQ_RATCHET, DUPLICATE_MESSAGE or TOO_FAR_AHEAD
 */
export async function spqrReceive(
  provider: CryptoProvider,
  state: SpqrState,
  bytes: Uint8Array,
): Promise<{ state: SpqrState; key: Uint8Array }> {
  const message = decodeSpqrMessage(bytes);
  const { state: braid, epochKey } = await braidReceive(provider, state.braid, message);
  const extended = epochKey ? addEpoch(state.chains, epochKey) : state.chains;
  const { state: chains, key } = receivingKey(extended, message.epoch - 1, message.keyIndex);
  return { state: { braid, chains }, key };
}
