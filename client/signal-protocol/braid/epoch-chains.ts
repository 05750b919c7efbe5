// The message keys of the Sparse Post-Quantum Ratchet (Double Ratchet section 5): each epoch's secret starts two chains, one
// for each direction, and every message uses up one key.

import { concatBytes } from '@noble/hashes/utils.js';
import { ProtocolError } from '../errors.ts';
import { uint32be } from '../primitives/bytes.ts';
import { hkdfSha256, label } from '../primitives/kdf.ts';
import { NO_SKIPPED_KEYS, type SkippedKeys, skipTo, takeSkipped } from '../ratchet/skipped-keys.ts';
import type { EpochKey } from './state.ts';

/**
 * Receiving chains of finished epochs that are kept for late messages. Three are enough never to be the tighter bound: an
 * epoch needs at least two turns of the conversation, and the Double Ratchet keeps five.
 */
const KEPT_EPOCHS = 3;

/** `index` is the number of the next key; the first is 1. */
export interface PqChain {
  readonly key: Uint8Array;
  readonly index: number;
}

export interface EpochChains {
  readonly epoch: number;
  /** Undefined once messages are sent in a later epoch. */
  readonly sending: PqChain | undefined;
  readonly receiving: PqChain;
  readonly skipped: SkippedKeys;
}

export interface ChainsState {
  /** The initiator of the session sends on the first chain of each pair. */
  readonly initiator: boolean;
  readonly rootKey: Uint8Array;
  /** oldest first; the last one is the newest epoch */
  readonly epochs: readonly EpochChains[];
}

const START = label('Signal PQ Ratchet V1 Chain  Start');
const ADD_EPOCH = label('Signal PQ Ratchet V1 Chain Add Epoch');
const NEXT = label('Signal PQ Ratchet V1 Chain Next');

/** Epoch 0, from the secret of PQXDH. */
export function createChains(initiator: boolean, secret: Uint8Array): ChainsState {
  const empty = { initiator, rootKey: new Uint8Array(32), epochs: [] };
  return startEpoch(empty, 0, hkdfSha256(undefined, secret, START, [32, 32, 32]));
}

/** Mixes a new epoch's secret into the root. */
export function addEpoch(state: ChainsState, { epoch, key }: EpochKey): ChainsState {
  return startEpoch(state, epoch, hkdfSha256(state.rootKey, key, ADD_EPOCH, [32, 32, 32]));
}

/** The next key to send with in `epoch`. Sending chains of earlier epochs are deleted: epochs of sent messages never fall. */
export function nextSendingKey(
  state: ChainsState,
  epoch: number,
): { state: ChainsState; index: number; key: Uint8Array } {
  const sending = chainsOf(state, epoch).sending;
  if (!sending) throw new ProtocolError('CORRUPT_STATE', 'the epoch is over for sending');
  const { next, key } = step(sending);
  const epochs = state.epochs
    .filter((chains) => chains.epoch >= epoch - KEPT_EPOCHS)
    .map((chains) => {
      if (chains.epoch > epoch) return chains;
      return { ...chains, sending: chains.epoch === epoch ? next : undefined };
    });
  return { state: { ...state, epochs }, index: sending.index, key };
}

/**
 * The key that the peer used for message `index` of `epoch`.
 *
 * @throws ProtocolError INVALID_PQ_RATCHET for an epoch that has not begun or is long over, DUPLICATE_MESSAGE, TOO_FAR_AHEAD
 */
export function receivingKey(
  state: ChainsState,
  epoch: number,
  index: number,
): { state: ChainsState; key: Uint8Array } {
  const chains = chainsOf(state, epoch);
  const { received, key } = receiveIn(chains, index);
  return { state: { ...state, epochs: state.epochs.map((other) => (other === chains ? received : other)) }, key };
}

function receiveIn(chains: EpochChains, index: number): { received: EpochChains; key: Uint8Array } {
  if (index < chains.receiving.index) {
    const { key, rest } = takeSkipped(chains.skipped, index);
    return { received: { ...chains, skipped: rest }, key };
  }
  const { next, key, skipped } = skipTo(chains.receiving, index, chains.skipped, step);
  return { received: { ...chains, receiving: next, skipped }, key };
}

function startEpoch(
  state: ChainsState,
  epoch: number,
  [rootKey, fromInitiator, fromResponder]: readonly [Uint8Array, Uint8Array, Uint8Array],
): ChainsState {
  const [own, theirs] = state.initiator ? [fromInitiator, fromResponder] : [fromResponder, fromInitiator];
  const chains = {
    epoch,
    sending: { key: own, index: 1 },
    receiving: { key: theirs, index: 1 },
    skipped: NO_SKIPPED_KEYS,
  };
  return { ...state, rootKey, epochs: [...state.epochs, chains] };
}

function step(chain: PqChain): { next: PqChain; key: Uint8Array } {
  const info = concatBytes(uint32be(chain.index), NEXT);
  const [next, key] = hkdfSha256(undefined, chain.key, info, [32, 32]);
  return { next: { key: next, index: chain.index + 1 }, key };
}

function chainsOf(state: ChainsState, epoch: number): EpochChains {
  const chains = state.epochs.find((candidate) => candidate.epoch === epoch);
  if (!chains) throw new ProtocolError('INVALID_PQ_RATCHET', 'no keys are held for the epoch of the message');
  return chains;
}
