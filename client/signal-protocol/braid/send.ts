// Send of ML-KEM Braid, one case for each state.

import { concatBytes } from '@noble/hashes/utils.js';
import { encapsulate1, generateSplitKeyPair, SIZES } from '../primitives/ml-kem-768.ts';
import type { CryptoProvider } from '../primitives/provider.ts';
import { deriveEpochKey, macHeader, updateAuthenticator } from './authenticator.ts';
import { createDecoder, createEncoder, type Encoder, nextChunk } from './erasure-code.ts';
import type { BraidPayload, ChunkKind } from './message.ts';
import type { BraidState, EpochKey, StateNamed } from './state.ts';

export interface BraidSent {
  readonly state: BraidState;
  readonly payload: BraidPayload;
  /** Set by the one step that makes a new secret: sampling ct1. */
  readonly epochKey?: EpochKey;
}

export async function braidSend(provider: CryptoProvider, state: BraidState): Promise<BraidSent> {
  switch (state.name) {
    case 'KeysUnsampled':
      return sendHeader(await sampleKeys(provider, state));
    case 'KeysSampled':
      return sendHeader(state);
    case 'HeaderSent':
      return sendChunk('ek', state.vector, (vector) => ({ ...state, vector }));
    case 'Ct1Received':
      return sendChunk('ek-ct1-ack', state.vector, (vector) => ({ ...state, vector }));
    case 'EkSentCt1Received':
      return { state, payload: { kind: 'ct1-ack' } };
    case 'NoHeaderReceived':
    case 'Ct1Acknowledged':
      return { state, payload: { kind: 'none' } };
    case 'HeaderReceived':
      return sampleCt1(state);
    case 'Ct1Sampled':
      return sendChunk('ct1', state.ct1, (ct1) => ({ ...state, ct1 }));
    case 'EkReceivedCt1Sampled':
      return sendChunk('ct1', state.ct1, (ct1) => ({ ...state, ct1 }));
    case 'Ct2Sampled':
      return sendChunk('ct2', state.ct2, (ct2) => ({ ...state, ct2 }));
  }
}

function sendChunk(kind: ChunkKind, encoder: Encoder, advance: (encoder: Encoder) => BraidState): BraidSent {
  const { encoder: next, chunk } = nextChunk(encoder);
  return { state: advance(next), payload: { kind, chunk } };
}

function sendHeader(state: StateNamed<'KeysSampled'>): BraidSent {
  return sendChunk('hdr', state.header, (header) => ({ ...state, header }));
}

/** KeysUnsampled to KeysSampled: KEM.KeyGen, and a MAC that ties the header to all earlier epochs. */
async function sampleKeys(
  provider: CryptoProvider,
  { epoch, authenticator }: StateNamed<'KeysUnsampled'>,
): Promise<StateNamed<'KeysSampled'>> {
  const { seed, header, vector } = await generateSplitKeyPair(provider);
  const authenticated = concatBytes(header, macHeader(authenticator, epoch, header));
  return { name: 'KeysSampled', epoch, authenticator, seed, vector, header: createEncoder(authenticated) };
}

/** HeaderReceived to Ct1Sampled: KEM.Encaps1. From here on the sender can use the new epoch's secret. */
function sampleCt1({ epoch, authenticator, header }: StateNamed<'HeaderReceived'>): BraidSent {
  const { ciphertext1, sharedSecret, encapsulation } = encapsulate1(header);
  const key = deriveEpochKey(sharedSecret, epoch);
  const sampled: StateNamed<'Ct1Sampled'> = {
    name: 'Ct1Sampled',
    epoch,
    authenticator: updateAuthenticator(authenticator, epoch, key),
    header,
    encapsulation,
    ct1: createEncoder(ciphertext1),
    vector: createDecoder(SIZES.vector),
  };
  const sent = sendChunk('ct1', sampled.ct1, (ct1) => ({ ...sampled, ct1 }));
  return { ...sent, epochKey: { epoch, key } };
}
