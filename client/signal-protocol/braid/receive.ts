// Receive of ML-KEM Braid, one case for each state. A message that says nothing new to the state changes nothing: chunks come
// late, twice, or not at all.

import { concatBytes } from '@noble/hashes/utils.js';
import { ProtocolError } from '../errors.ts';
import { encapsulate2, isVectorOf, SIZES } from '../primitives/ml-kem-768.ts';
import type { CryptoProvider } from '../primitives/provider.ts';
import {
  deriveEpochKey,
  MAC_BYTES,
  macCiphertext,
  macHeader,
  requireMac,
  updateAuthenticator,
} from './authenticator.ts';
import { addChunk, type Chunk, createDecoder, createEncoder, decodedObject } from './erasure-code.ts';
import type { BraidMessage, ChunkKind } from './message.ts';
import type { BraidState, EpochKey, StateNamed } from './state.ts';

export interface BraidReceived {
  readonly state: BraidState;
  /** Set by the one step that opens a new secret: the last chunk of ct2. */
  readonly epochKey?: EpochKey;
}

export const HEADER_BYTES = SIZES.header + MAC_BYTES;
const CT2_BYTES = SIZES.ciphertext2 + MAC_BYTES;

/** @throws ProtocolError INVALID_PQ_RATCHET for an impossible epoch, a wrong MAC or a key that was not the one announced */
export async function braidReceive(
  provider: CryptoProvider,
  state: BraidState,
  message: BraidMessage,
): Promise<BraidReceived> {
  if (message.epoch > state.epoch) return { state: beginNextEpoch(state, message) };
  if (message.epoch < state.epoch) return { state };
  const chunk = (...kinds: ChunkKind[]): Chunk | undefined => chunkOf(message, kinds);
  switch (state.name) {
    case 'KeysSampled':
      return { state: headerArrived(state, chunk('ct1')) };
    case 'HeaderSent':
      return { state: collectCt1(state, chunk('ct1')) };
    case 'Ct1Received':
      return { state: vectorArrived(state, chunk('ct2')) };
    case 'EkSentCt1Received':
      return collectCt2(provider, state, chunk('ct2'));
    case 'NoHeaderReceived':
      return { state: collectHeader(state, chunk('hdr')) };
    case 'Ct1Sampled':
      return { state: collectVector(state, message) };
    case 'EkReceivedCt1Sampled':
      return { state: chunk('ek-ct1-ack') ? sampleCt2(state, state.ct1.object, state.vector) : state };
    case 'Ct1Acknowledged':
      return { state: collectRestOfVector(state, chunk('ek-ct1-ack')) };
    case 'KeysUnsampled':
    case 'HeaderReceived':
    case 'Ct2Sampled':
      return { state };
  }
}

/** Ct2Sampled to KeysUnsampled: the peer has moved on, so it has ct2. In no other state can the peer be ahead. */
function beginNextEpoch(state: BraidState, message: BraidMessage): BraidState {
  if (state.name !== 'Ct2Sampled' || message.epoch !== state.epoch + 1) {
    throw new ProtocolError('INVALID_PQ_RATCHET', 'the message is of an epoch that cannot have begun');
  }
  return { name: 'KeysUnsampled', epoch: state.epoch + 1, authenticator: state.authenticator };
}

/** KeysSampled to HeaderSent: a chunk of ct1 can only follow the whole header. */
function headerArrived(state: StateNamed<'KeysSampled'>, chunk: Chunk | undefined): BraidState {
  if (!chunk) return state;
  const { epoch, authenticator, seed } = state;
  const ct1 = addChunk(createDecoder(SIZES.ciphertext1), chunk);
  return { name: 'HeaderSent', epoch, authenticator, seed, vector: createEncoder(state.vector), ct1 };
}

/** HeaderSent to Ct1Received. */
function collectCt1(state: StateNamed<'HeaderSent'>, chunk: Chunk | undefined): BraidState {
  if (!chunk) return state;
  const decoder = addChunk(state.ct1, chunk);
  const ct1 = decodedObject(decoder);
  if (!ct1) return { ...state, ct1: decoder };
  const { epoch, authenticator, seed, vector } = state;
  return { name: 'Ct1Received', epoch, authenticator, seed, vector, ct1 };
}

/** Ct1Received to EkSentCt1Received: a chunk of ct2 can only follow the whole key. */
function vectorArrived(state: StateNamed<'Ct1Received'>, chunk: Chunk | undefined): BraidState {
  if (!chunk) return state;
  const { epoch, authenticator, seed, ct1 } = state;
  return { name: 'EkSentCt1Received', epoch, authenticator, seed, ct1, ct2: addChunk(createDecoder(CT2_BYTES), chunk) };
}

/** EkSentCt1Received to NoHeaderReceived of the next epoch: KEM.Decaps. */
async function collectCt2(
  provider: CryptoProvider,
  state: StateNamed<'EkSentCt1Received'>,
  chunk: Chunk | undefined,
): Promise<BraidReceived> {
  if (!chunk) return { state };
  const decoder = addChunk(state.ct2, chunk);
  const object = decodedObject(decoder);
  if (!object) return { state: { ...state, ct2: decoder } };
  const { epoch, seed, ct1 } = state;
  const ct2 = object.subarray(0, SIZES.ciphertext2);
  const sharedSecret = await provider.mlKemDecapsulate(768, seed, concatBytes(ct1, ct2));
  const key = deriveEpochKey(sharedSecret, epoch);
  const authenticator = updateAuthenticator(state.authenticator, epoch, key);
  requireMac(object.subarray(SIZES.ciphertext2), macCiphertext(authenticator, epoch, ct1, ct2));
  const header = createDecoder(HEADER_BYTES);
  return {
    state: { name: 'NoHeaderReceived', epoch: epoch + 1, authenticator, header },
    epochKey: { epoch, key },
  };
}

/** NoHeaderReceived to HeaderReceived. */
function collectHeader(state: StateNamed<'NoHeaderReceived'>, chunk: Chunk | undefined): BraidState {
  if (!chunk) return state;
  const decoder = addChunk(state.header, chunk);
  const object = decodedObject(decoder);
  if (!object) return { ...state, header: decoder };
  const { epoch, authenticator } = state;
  const header = object.slice(0, SIZES.header);
  requireMac(object.subarray(SIZES.header), macHeader(authenticator, epoch, header));
  return { name: 'HeaderReceived', epoch, authenticator, header };
}

/** Ct1Sampled: to EkReceivedCt1Sampled when the key is complete, to Ct1Acknowledged when ct1 is, to Ct2Sampled when both. */
function collectVector(state: StateNamed<'Ct1Sampled'>, message: BraidMessage): BraidState {
  const chunk = chunkOf(message, ['ek', 'ek-ct1-ack']);
  if (!chunk) return state;
  const acknowledged = message.payload.kind === 'ek-ct1-ack';
  const decoder = addChunk(state.vector, chunk);
  const vector = decodedObject(decoder);
  const { epoch, authenticator, header, encapsulation, ct1 } = state;
  if (vector && acknowledged) return sampleCt2(state, ct1.object, vector);
  if (vector) {
    requireAnnounced(header, vector);
    return { name: 'EkReceivedCt1Sampled', epoch, authenticator, header, encapsulation, ct1, vector };
  }
  if (!acknowledged) return { ...state, vector: decoder };
  return {
    name: 'Ct1Acknowledged',
    epoch,
    authenticator,
    header,
    encapsulation,
    ct1: ct1.object,
    vector: decoder,
  };
}

/** Ct1Acknowledged to Ct2Sampled. */
function collectRestOfVector(state: StateNamed<'Ct1Acknowledged'>, chunk: Chunk | undefined): BraidState {
  if (!chunk) return state;
  const decoder = addChunk(state.vector, chunk);
  const vector = decodedObject(decoder);
  return vector ? sampleCt2(state, state.ct1, vector) : { ...state, vector: decoder };
}

/** To Ct2Sampled: KEM.Encaps2, and a MAC under the secret that the ciphertext carries. */
function sampleCt2(
  state: StateNamed<'Ct1Sampled' | 'EkReceivedCt1Sampled' | 'Ct1Acknowledged'>,
  ct1: Uint8Array,
  vector: Uint8Array,
): BraidState {
  const { epoch, authenticator, header, encapsulation } = state;
  requireAnnounced(header, vector);
  const ct2 = encapsulate2(encapsulation, vector);
  const object = concatBytes(ct2, macCiphertext(authenticator, epoch, ct1, ct2));
  return { name: 'Ct2Sampled', epoch, authenticator, ct2: createEncoder(object) };
}

function requireAnnounced(header: Uint8Array, vector: Uint8Array): void {
  if (!isVectorOf(header, vector)) {
    throw new ProtocolError('INVALID_PQ_RATCHET', 'the key is not the one that its header announced');
  }
}

function chunkOf({ payload }: BraidMessage, kinds: readonly ChunkKind[]): Chunk | undefined {
  return 'chunk' in payload && kinds.includes(payload.kind) ? payload.chunk : undefined;
}
