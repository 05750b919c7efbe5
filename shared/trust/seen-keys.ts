// Every identity, connect and account key that was ever in an account, as the first 8 bytes of its SHA-256, one after the other. Eight
// bytes are enough: a collision can only refuse a key that its own owner chose, and it never lets an old key back in.

import { sha256 } from '@noble/hashes/sha2.js';
import { concat } from '../protocol/bytes.ts';

const TAG_BYTES = 8;

/** Bound of one account's life: about 2,000 devices, 32 KiB. */
export const KEYS_EVER_SEEN = 4_096;

export function seenCount(seen: Uint8Array): number {
  return seen.length / TAG_BYTES;
}

export function hasSeen(seen: Uint8Array, key: Uint8Array): boolean {
  const tag = view(sha256(key)).getBigUint64(0);
  const tags = view(seen);
  for (let at = 0; at < seen.length; at += TAG_BYTES) if (tags.getBigUint64(at) === tag) return true;
  return false;
}

export function withSeen(seen: Uint8Array, keys: readonly Uint8Array[]): Uint8Array {
  return concat(seen, ...keys.map((key) => sha256(key).subarray(0, TAG_BYTES)));
}

/** Whether bytes from storage can be such a sequence. */
export function isSeenKeys(bytes: Uint8Array): boolean {
  return bytes.length % TAG_BYTES === 0 && seenCount(bytes) <= KEYS_EVER_SEEN;
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
