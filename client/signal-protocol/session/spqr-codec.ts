// The stored form of the post-quantum ratchet inside a session.

import type { ChainsState, EpochChains, PqChain } from '../braid/epoch-chains.ts';
import type { SpqrState } from '../braid/spqr.ts';
import type { BinaryReader, BinaryWriter } from './binary.ts';
import { readBraid, writeBraid } from './braid-codec.ts';

const KEY = 32;

export function writeSpqr(out: BinaryWriter, { braid, chains }: SpqrState): void {
  out.uint8(chains.initiator ? 1 : 0);
  out.raw(chains.rootKey);
  out.uint8(chains.epochs.length);
  for (const epoch of chains.epochs) writeEpoch(out, epoch);
  writeBraid(out, braid);
}

export function readSpqr(input: BinaryReader): SpqrState {
  const chains: ChainsState = {
    initiator: input.uint8() === 1,
    rootKey: input.raw(KEY),
    epochs: input.list(input.uint8(), () => readEpoch(input)),
  };
  return { chains, braid: readBraid(input) };
}

function writeEpoch(out: BinaryWriter, chains: EpochChains): void {
  out.uint53(chains.epoch);
  out.uint8(chains.sending ? 1 : 0);
  if (chains.sending) writeChain(out, chains.sending);
  writeChain(out, chains.receiving);
  out.sized(chains.skipped);
}

function readEpoch(input: BinaryReader): EpochChains {
  return {
    epoch: input.uint53(),
    sending: input.uint8() === 1 ? readChain(input) : undefined,
    receiving: readChain(input),
    skipped: input.sized(),
  };
}

function writeChain(out: BinaryWriter, chain: PqChain): void {
  out.raw(chain.key);
  out.uint32(chain.index);
}

function readChain(input: BinaryReader): PqChain {
  return { key: input.raw(KEY), index: input.uint32() };
}
