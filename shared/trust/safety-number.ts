// The number that two people compare to know that nobody stands between them: Signal's numeric fingerprint over account keys. It changes
// when an account key is replaced and at no other time. It is not the number that Signal shows for the same people.

import { sha512 } from '@noble/hashes/sha2.js';
import { concat } from '../protocol/bytes.ts';
import { accountIdBytes } from './account-id.ts';

const VERSION = Uint8Array.of(0, 0);
const KEY_TYPE = Uint8Array.of(0x05);
const ITERATIONS = 5_200;
const GROUPS = 6;
const GROUP_BYTES = 5;

export interface SafetyNumberParty {
  readonly account: string;
  /** Ed25519, 32 bytes. */
  readonly accountKey: Uint8Array;
}

/** Sixty decimal digits, the same for both people whichever way round they are given. Takes tens of milliseconds, by design. */
export function safetyNumber(one: SafetyNumberParty, other: SafetyNumberParty): string {
  return [digitsOf(one), digitsOf(other)].sort().join('');
}

function digitsOf({ account, accountKey }: SafetyNumberParty): string {
  const key = concat(KEY_TYPE, accountKey);
  let fingerprint: Uint8Array = sha512(concat(VERSION, key, accountIdBytes(account), key));
  for (let i = 1; i < ITERATIONS; i++) fingerprint = sha512(concat(fingerprint, key));
  return Array.from({ length: GROUPS }, (_, i) => group(fingerprint, i * GROUP_BYTES)).join('');
}

/** Five bytes as a number, its last five decimal digits. */
function group(fingerprint: Uint8Array, offset: number): string {
  const number = fingerprint.subarray(offset, offset + GROUP_BYTES).reduce((sum, byte) => sum * 256 + byte, 0);
  return String(number % 100_000).padStart(5, '0');
}
