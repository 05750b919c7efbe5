// The stored form of one session.

import type { KeyPair } from '../primitives/provider.ts';
import type { ReceivingChain } from '../ratchet/double-ratchet.ts';
import { BinaryReader, type BinaryWriter } from './binary.ts';
import { readSpqr, writeSpqr } from './spqr-codec.ts';
import type { PendingHandshake, SessionState } from './state.ts';

const KEY = 32;

export function writeSession(out: BinaryWriter, session: SessionState): void {
  out.raw(session.baseKey);
  out.raw(session.localIdentityKey);
  out.raw(session.remoteIdentityKey);
  out.uint32(session.localRegistrationId);
  out.uint32(session.remoteRegistrationId);
  writePending(out, session.pending);
  const { ratchet } = session;
  out.raw(ratchet.rootKey);
  out.raw(ratchet.ratchetKey.privateKey);
  out.raw(ratchet.ratchetKey.publicKey);
  out.raw(ratchet.sending.key);
  out.uint32(ratchet.sending.index);
  out.uint32(ratchet.previousCounter);
  out.uint8(ratchet.receiving.length);
  for (const receiving of ratchet.receiving) writeReceivingChain(out, receiving);
  writeSpqr(out, session.spqr);
}

/** @throws ProtocolError CORRUPT_STATE */
export function decodeSession(bytes: Uint8Array): SessionState {
  const input = new BinaryReader(bytes);
  const identity = {
    baseKey: input.raw(KEY),
    localIdentityKey: input.raw(KEY),
    remoteIdentityKey: input.raw(KEY),
    localRegistrationId: input.uint32(),
    remoteRegistrationId: input.uint32(),
    pending: readPending(input),
  };
  const ratchet = {
    rootKey: input.raw(KEY),
    ratchetKey: readKeyPair(input),
    sending: { key: input.raw(KEY), index: input.uint32() },
    previousCounter: input.uint32(),
    receiving: input.list(input.uint8(), () => readReceivingChain(input)),
  };
  const spqr = readSpqr(input);
  input.end();
  return { ...identity, ratchet, spqr };
}

/** The base key of a stored session, without reading the rest. */
export function baseKeyOf(bytes: Uint8Array): Uint8Array {
  return new BinaryReader(bytes).raw(KEY);
}

function writePending(out: BinaryWriter, pending: PendingHandshake | undefined): void {
  out.uint8(pending ? 1 : 0);
  if (!pending) return;
  out.uint8(pending.preKeyId === undefined ? 0 : 1);
  out.uint32(pending.preKeyId ?? 0);
  out.uint32(pending.signedPreKeyId);
  out.uint32(pending.kyberPreKeyId);
  out.uint53(pending.startedAt);
  out.sized(pending.kyberCiphertext);
}

function readPending(input: BinaryReader): PendingHandshake | undefined {
  if (input.uint8() === 0) return undefined;
  const hasPreKey = input.uint8() === 1;
  const preKeyId = input.uint32();
  return {
    preKeyId: hasPreKey ? preKeyId : undefined,
    signedPreKeyId: input.uint32(),
    kyberPreKeyId: input.uint32(),
    startedAt: input.uint53(),
    kyberCiphertext: input.sized(),
  };
}

function readKeyPair(input: BinaryReader): KeyPair {
  return { privateKey: input.raw(KEY), publicKey: input.raw(KEY) };
}

function writeReceivingChain(out: BinaryWriter, receiving: ReceivingChain): void {
  out.raw(receiving.ratchetKey);
  out.raw(receiving.chain.key);
  out.uint32(receiving.chain.index);
  out.sized(receiving.skipped);
}

function readReceivingChain(input: BinaryReader): ReceivingChain {
  return {
    ratchetKey: input.raw(KEY),
    chain: { key: input.raw(KEY), index: input.uint32() },
    skipped: input.sized(),
  };
}
