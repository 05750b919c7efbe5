// MKSKIPPED of Double Ratchet section 3.2 for one chain: message keys that were passed over, oldest first, in one block of
// bytes (index, 4 bytes; key, 32 bytes), so that carrying two thousand of them costs one copy.

import { concatBytes } from '@noble/hashes/utils.js';
import { ProtocolError } from '../errors.ts';
import { uint32be } from '../primitives/bytes.ts';

/** Keys kept for each chain; beyond that the oldest is forgotten. */
export const MAX_SKIPPED_KEYS = 2000;

/** MAX_SKIP of section 3.1: how far a single message may run ahead. */
export const MAX_FORWARD_JUMPS = 25_000;

const ENTRY_BYTES = 36;

export type SkippedKeys = Uint8Array;

export const NO_SKIPPED_KEYS: SkippedKeys = new Uint8Array(0);

/** A chain position from which keys can be made one after the other. */
export interface Chain {
  /** index of the next key */
  readonly index: number;
}

/**
 * SkipMessageKeys of section 3.5: moves a chain to the key wanted and keeps those passed over.
 *
 * @throws ProtocolError TOO_FAR_AHEAD more than 25,000 keys away
 */
export function skipTo<C extends Chain>(
  start: C,
  wanted: number,
  skipped: SkippedKeys,
  step: (chain: C) => { next: C; key: Uint8Array },
): { next: C; key: Uint8Array; skipped: SkippedKeys } {
  const distance = wanted - start.index;
  if (distance > MAX_FORWARD_JUMPS) throw new ProtocolError('TOO_FAR_AHEAD', 'too many messages were skipped');
  const passed: Uint8Array[] = [];
  let { next, key } = step(start);
  for (let index = start.index; index < wanted; index++) {
    if (wanted - index <= MAX_SKIPPED_KEYS) passed.push(uint32be(index), key);
    ({ next, key } = step(next));
  }
  return { next, key, skipped: passed.length ? newest(concatBytes(skipped, ...passed)) : skipped };
}

/**
 * TrySkippedMessageKeys of section 3.5: the key of an earlier message, and the rest without it.
 *
 * @throws ProtocolError DUPLICATE_MESSAGE when the key was used or has been forgotten
 */
export function takeSkipped(skipped: SkippedKeys, index: number): { key: Uint8Array; rest: SkippedKeys } {
  const view = new DataView(skipped.buffer, skipped.byteOffset, skipped.byteLength);
  for (let at = 0; at < skipped.length; at += ENTRY_BYTES) {
    if (view.getUint32(at) !== index) continue;
    const rest = concatBytes(skipped.subarray(0, at), skipped.subarray(at + ENTRY_BYTES));
    return { key: skipped.slice(at + 4, at + ENTRY_BYTES), rest };
  }
  throw new ProtocolError('DUPLICATE_MESSAGE', 'the message was decrypted before, or its key is no longer kept');
}

function newest(entries: SkippedKeys): SkippedKeys {
  return entries.slice(Math.max(0, entries.length - MAX_SKIPPED_KEYS * ENTRY_BYTES));
}
