import { sha512 } from '@noble/hashes/sha2.js';
import { concatBytes } from '@noble/hashes/utils.js';

/** One side of a comparison: a stable identifier, and a serialised public key (33 bytes). */
export interface FingerprintParty {
  readonly identifier: Uint8Array;
  readonly key: Uint8Array;
}

const ITERATIONS = 5200;
const VERSION = new Uint8Array(2);
const GROUPS = 6;

/**
 * The number two people compare: Signal's numeric fingerprint, 60 digits, the same on both sides whichever is local. Takes
 * some tens of milliseconds, on purpose: finding a key with a similar number takes as long for every key tried.
 */
export function numericFingerprint(local: FingerprintParty, remote: FingerprintParty): string {
  return [halfOf(local), halfOf(remote)].sort().join('');
}

function halfOf({ identifier, key }: FingerprintParty): string {
  let hash = sha512(concatBytes(VERSION, key, identifier, key));
  for (let i = 1; i < ITERATIONS; i++) hash = sha512(concatBytes(hash, key));
  return Array.from({ length: GROUPS }, (_, i) => fiveDigits(hash.subarray(i * 5, i * 5 + 5))).join('');
}

/** Five bytes, big-endian, modulo 100,000. */
function fiveDigits(bytes: Uint8Array): string {
  const value = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  return String(value % 100_000).padStart(5, '0');
}
