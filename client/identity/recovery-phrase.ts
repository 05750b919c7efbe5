// What a person writes down: 128 random bits and the account id, so that the paper alone is enough. The recovery key follows from it and
// is kept nowhere.

import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concat, utf8 } from '../../shared/protocol/bytes.ts';
import { accountIdBytes } from '../../shared/trust/account-id.ts';
import { ed25519PublicKey } from '../../shared/trust/ed25519.ts';
import { decodeGrouped, encodeGrouped } from './grouped-text.ts';

const KIND = 'sotto/recovery-phrase/v1';
const SECRET_BYTES = 16;

export interface RecoveryPhrase {
  /** 16 random bytes. */
  readonly secret: Uint8Array;
  readonly account: string;
}

export interface RecoveryKey {
  /** Ed25519 seed: signs the list that replaces a lost account key. */
  readonly seed: Uint8Array;
  /** Shown to the server only when it is used; until then lists hold its SHA-256. */
  readonly publicKey: Uint8Array;
  readonly hash: Uint8Array;
}

/** The secret of a new phrase. Its account may not exist yet: the account id is made of the recovery key's hash. */
export function newRecoverySecret(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
}

/** @param secret 16 bytes */
export function recoveryKeyOf(secret: Uint8Array): RecoveryKey {
  const seed = hkdf(sha256, secret, undefined, utf8(KIND), 32);
  const publicKey = ed25519PublicKey(seed);
  return { seed, publicKey, hash: sha256(publicKey) };
}

/** Two lines of seven groups. To be shown once and never stored. */
export function writeRecoveryPhrase({ secret, account }: RecoveryPhrase): string {
  const groups = encodeGrouped(KIND, concat(secret, accountIdBytes(account))).split(' ');
  return `${groups.slice(0, 7).join(' ')}\n${groups.slice(7).join(' ')}`;
}

/** Undefined when a character is wrong, or it is another kind of text. */
export function readRecoveryPhrase(text: string): RecoveryPhrase | undefined {
  const value = decodeGrouped(KIND, text);
  return value && { secret: value.slice(0, SECRET_BYTES), account: accountIdFrom(value.slice(SECRET_BYTES)) };
}

function accountIdFrom(bytes: Uint8Array): string {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
