import { sha256 } from '@noble/hashes/sha2.js';
import { concat } from '../protocol/bytes.ts';
import { prefix, STATEMENTS } from './statement.ts';

const ID_BYTES = 16;

/** What an account's commitment is made of: three values of 32 bytes from its first list. */
export interface AccountOrigin {
  readonly accountKey: Uint8Array;
  readonly recoveryHash: Uint8Array;
  readonly salt: Uint8Array;
}

/** The 32 bytes that links and QR codes carry: SHA-256 over the prefix, the first account key, the first recovery hash and the salt. */
export function accountCommitment({ accountKey, recoveryHash, salt }: AccountOrigin): Uint8Array {
  return sha256(concat(prefix(STATEMENTS.account), accountKey, recoveryHash, salt));
}

/** The account id of a commitment: its first 16 bytes as a UUID of version 8 (RFC 9562), in lower case. */
export function accountIdOf(commitment: Uint8Array): string {
  const id = commitment.slice(0, ID_BYTES);
  id[6] = ((id[6] ?? 0) & 0x0f) | 0x80;
  id[8] = ((id[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(id, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** The 16 bytes of an account id. @throws RangeError when it is not a UUID */
export function accountIdBytes(account: string): Uint8Array {
  const hex = account.replaceAll('-', '');
  if (!/^[0-9a-f]{32}$/.test(hex)) throw new RangeError('not an account id');
  return Uint8Array.from({ length: ID_BYTES }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}
