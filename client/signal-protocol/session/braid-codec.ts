// The stored form of the eleven states of ML-KEM Braid: a number for the state, then its fields.

import type { Decoder, Encoder } from '../braid/erasure-code.ts';
import { CHUNK_BYTES } from '../braid/erasure-code.ts';
import type { BraidState } from '../braid/state.ts';
import { type BinaryReader, type BinaryWriter, corrupt } from './binary.ts';

/** A state's number is its place here: append, never reorder. */
const NAMES = [
  'KeysUnsampled',
  'KeysSampled',
  'HeaderSent',
  'Ct1Received',
  'EkSentCt1Received',
  'NoHeaderReceived',
  'HeaderReceived',
  'Ct1Sampled',
  'EkReceivedCt1Sampled',
  'Ct1Acknowledged',
  'Ct2Sampled',
] as const satisfies readonly BraidState['name'][];

export function writeBraid(out: BinaryWriter, state: BraidState): void {
  out.uint8(NAMES.indexOf(state.name));
  out.uint53(state.epoch);
  out.raw(state.authenticator.rootKey);
  out.raw(state.authenticator.macKey);
  for (const field of fieldsOf(state)) writeField(out, field);
}

export function readBraid(input: BinaryReader): BraidState {
  const name = NAMES[input.uint8()];
  const common = {
    epoch: input.uint53(),
    authenticator: { rootKey: input.raw(32), macKey: input.raw(32) },
  };
  const bytes = () => input.sized();
  const encoder = () => readEncoder(input);
  const decoder = () => readDecoder(input);
  switch (name) {
    case 'KeysUnsampled':
      return { name, ...common };
    case 'KeysSampled':
      return { name, ...common, seed: bytes(), vector: bytes(), header: encoder() };
    case 'HeaderSent':
      return { name, ...common, seed: bytes(), vector: encoder(), ct1: decoder() };
    case 'Ct1Received':
      return { name, ...common, seed: bytes(), vector: encoder(), ct1: bytes() };
    case 'EkSentCt1Received':
      return { name, ...common, seed: bytes(), ct1: bytes(), ct2: decoder() };
    case 'NoHeaderReceived':
      return { name, ...common, header: decoder() };
    case 'HeaderReceived':
      return { name, ...common, header: bytes() };
    case 'Ct1Sampled':
      return { name, ...common, header: bytes(), encapsulation: bytes(), ct1: encoder(), vector: decoder() };
    case 'EkReceivedCt1Sampled':
      return { name, ...common, header: bytes(), encapsulation: bytes(), ct1: encoder(), vector: bytes() };
    case 'Ct1Acknowledged':
      return { name, ...common, header: bytes(), encapsulation: bytes(), ct1: bytes(), vector: decoder() };
    case 'Ct2Sampled':
      return { name, ...common, ct2: encoder() };
    default:
      throw corrupt();
  }
}

/** In the order in which {@link readBraid} reads them. */
function fieldsOf(state: BraidState): (Uint8Array | Encoder | Decoder)[] {
  switch (state.name) {
    case 'KeysUnsampled':
      return [];
    case 'KeysSampled':
      return [state.seed, state.vector, state.header];
    case 'HeaderSent':
    case 'Ct1Received':
      return [state.seed, state.vector, state.ct1];
    case 'EkSentCt1Received':
      return [state.seed, state.ct1, state.ct2];
    case 'NoHeaderReceived':
    case 'HeaderReceived':
      return [state.header];
    case 'Ct1Sampled':
    case 'EkReceivedCt1Sampled':
    case 'Ct1Acknowledged':
      return [state.header, state.encapsulation, state.ct1, state.vector];
    case 'Ct2Sampled':
      return [state.ct2];
  }
}

function writeField(out: BinaryWriter, field: Uint8Array | Encoder | Decoder): void {
  if (field instanceof Uint8Array) {
    out.sized(field);
  } else if ('object' in field) {
    out.sized(field.object);
    out.uint32(field.nextIndex);
  } else {
    writeDecoder(out, field);
  }
}

function writeDecoder(out: BinaryWriter, decoder: Decoder): void {
  out.uint32(decoder.size);
  out.uint32(decoder.chunks.length);
  for (const { index, data } of decoder.chunks) {
    out.uint32(index);
    out.raw(data);
  }
}

function readEncoder(input: BinaryReader): Encoder {
  return { object: input.sized(), nextIndex: input.uint32() };
}

function readDecoder(input: BinaryReader): Decoder {
  return {
    size: input.uint32(),
    chunks: input.list(input.uint32(), () => ({ index: input.uint32(), data: input.raw(CHUNK_BYTES) })),
  };
}
