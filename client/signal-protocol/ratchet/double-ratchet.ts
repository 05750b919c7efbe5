// The Double Ratchet (revision 3, section 3): state, and what a sent or received header does to it. Pure functions:
// a state is never changed, a new one is returned, so a message that fails to authenticate has changed nothing.

import { equalBytes } from '../primitives/bytes.ts';
import { diffieHellman } from '../primitives/curve.ts';
import type { CryptoProvider, KeyPair } from '../primitives/provider.ts';
import { type ChainKey, kdfChainKey, kdfRootKey } from './chain.ts';
import { NO_SKIPPED_KEYS, type SkippedKeys, skipTo, takeSkipped } from './skipped-keys.ts';

/** Receiving chains kept, so that messages of earlier ratchet steps can still arrive. */
export const MAX_RECEIVING_CHAINS = 5;

/** CKr of one ratchet key of the peer (DHr), and the keys skipped in it. */
export interface ReceivingChain {
  readonly ratchetKey: Uint8Array;
  readonly chain: ChainKey;
  readonly skipped: SkippedKeys;
}

export interface RatchetState {
  /** RK */
  readonly rootKey: Uint8Array;
  /** DHs */
  readonly ratchetKey: KeyPair;
  /** CKs and Ns */
  readonly sending: ChainKey;
  /** PN as libsignal sends it: the last index of the previous sending chain, 0 if that chain was empty. */
  readonly previousCounter: number;
  /** oldest first */
  readonly receiving: readonly ReceivingChain[];
}

/** RatchetInitAlice (section 3.3), where the first receiving chain is known as well: it is keyed by the signed prekey. */
export async function initializeAsInitiator(
  provider: CryptoProvider,
  secrets: { rootKey: Uint8Array; chainKey: Uint8Array },
  signedPreKey: Uint8Array,
): Promise<RatchetState> {
  const ratchetKey = await provider.generateKeyPair();
  const step = kdfRootKey(secrets.rootKey, await diffieHellman(provider, ratchetKey.privateKey, signedPreKey));
  return {
    rootKey: step.rootKey,
    ratchetKey,
    sending: step.chain,
    previousCounter: 0,
    receiving: [{ ratchetKey: signedPreKey, chain: { key: secrets.chainKey, index: 0 }, skipped: NO_SKIPPED_KEYS }],
  };
}

/** RatchetInitBob (section 3.3): the signed prekey is the first ratchet key. */
export function initializeAsResponder(
  secrets: { rootKey: Uint8Array; chainKey: Uint8Array },
  signedPreKey: KeyPair,
): RatchetState {
  return {
    rootKey: secrets.rootKey,
    ratchetKey: signedPreKey,
    sending: { key: secrets.chainKey, index: 0 },
    previousCounter: 0,
    receiving: [],
  };
}

/** RatchetEncrypt (section 3.4) up to the message key. */
export function ratchetSend(state: RatchetState): { state: RatchetState; seed: Uint8Array } {
  const { next, seed } = kdfChainKey(state.sending);
  return { state: { ...state, sending: next }, seed };
}

/**
 * RatchetDecrypt (section 3.5) up to the message key.
 *
 * @throws ProtocolError DUPLICATE_MESSAGE, TOO_FAR_AHEAD, or INVALID_KEY for a bad ratchet key
 */
export async function ratchetReceive(
  provider: CryptoProvider,
  state: RatchetState,
  ratchetKey: Uint8Array,
  counter: number,
): Promise<{ state: RatchetState; seed: Uint8Array }> {
  const known = state.receiving.some((candidate) => equalBytes(candidate.ratchetKey, ratchetKey));
  const current = known ? state : await dhRatchet(provider, state, ratchetKey);
  let seed: Uint8Array = new Uint8Array(0);
  const receiving = current.receiving.map((candidate) => {
    if (!equalBytes(candidate.ratchetKey, ratchetKey)) return candidate;
    const received = receiveIn(candidate, counter);
    seed = received.seed;
    return received.chain;
  });
  return { state: { ...current, receiving }, seed };
}

/** DHRatchet (section 3.5): one root step with our present ratchet key to receive, one with a new key to send. */
async function dhRatchet(provider: CryptoProvider, state: RatchetState, theirs: Uint8Array): Promise<RatchetState> {
  const receive = kdfRootKey(state.rootKey, await diffieHellman(provider, state.ratchetKey.privateKey, theirs));
  const ratchetKey = await provider.generateKeyPair();
  const send = kdfRootKey(receive.rootKey, await diffieHellman(provider, ratchetKey.privateKey, theirs));
  // The view of the message is copied: the state outlives the caller's buffer.
  const chain = { ratchetKey: Uint8Array.from(theirs), chain: receive.chain, skipped: NO_SKIPPED_KEYS };
  return {
    rootKey: send.rootKey,
    ratchetKey,
    sending: send.chain,
    previousCounter: Math.max(state.sending.index - 1, 0),
    receiving: [...state.receiving, chain].slice(-MAX_RECEIVING_CHAINS),
  };
}

function receiveIn(receiving: ReceivingChain, counter: number): { chain: ReceivingChain; seed: Uint8Array } {
  if (counter < receiving.chain.index) {
    const { key, rest } = takeSkipped(receiving.skipped, counter);
    return { chain: { ...receiving, skipped: rest }, seed: key };
  }
  const { next, key, skipped } = skipTo(receiving.chain, counter, receiving.skipped, (chain) => {
    const step = kdfChainKey(chain);
    return { next: step.next, key: step.seed };
  });
  return { chain: { ...receiving, chain: next, skipped }, seed: key };
}
