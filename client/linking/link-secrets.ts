// The agreement behind linking. The new device's key comes by the code, the key holder's by the server, but committed to before the new
// device has said its nonce: so nobody between them can try keys until two short codes are alike.

import { x25519 } from '@noble/curves/ed25519.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concat, constantTimeEqual, lp } from '../../shared/protocol/bytes.ts';
import { roomOf } from './link-code.ts';

const KEY_BYTES = 32;
const CODE_BYTES = 8;
const CODES = 1_000_000n;

/** All that both devices have agreed on; both keys and the room are bound into every secret. */
export interface Agreement {
  /** X25519 public keys, 32 bytes. */
  readonly newDeviceKey: Uint8Array;
  readonly holderKey: Uint8Array;
  /** The new device's, 32 random bytes. */
  readonly nonce: Uint8Array;
}

export interface LinkSecrets {
  /** AES-256 keys, one for each direction. */
  readonly toHolder: Uint8Array;
  readonly toNewDevice: Uint8Array;
  /** Six digits in two groups: both screens show them. */
  readonly shortCode: string;
}

export interface Ephemeral {
  readonly secret: Uint8Array;
  readonly publicKey: Uint8Array;
}

export function newEphemeral(): Ephemeral {
  const secret = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  return { secret, publicKey: x25519.getPublicKey(secret) };
}

export function commitTo(holderKey: Uint8Array, newDeviceKey: Uint8Array): Uint8Array {
  return sha256(concat(lp('sotto/link-commit/v1'), lp(newDeviceKey), lp(holderKey)));
}

export function opens(commitment: Uint8Array, holderKey: Uint8Array, newDeviceKey: Uint8Array): boolean {
  return constantTimeEqual(commitment, commitTo(holderKey, newDeviceKey));
}

/**
 * @param secret this side's ephemeral secret
 * @param peer the other side's public key
 * @throws Error when the other side's key is of small order
 */
export function agree(
  secret: Uint8Array,
  peer: Uint8Array,
  { newDeviceKey, holderKey, nonce }: Agreement,
): LinkSecrets {
  const shared = x25519.getSharedSecret(secret, peer);
  const info = concat(lp('sotto/link/v1'), lp(newDeviceKey), lp(holderKey), lp(roomOf(newDeviceKey)));
  const derived = hkdf(sha256, shared, nonce, info, 2 * KEY_BYTES + CODE_BYTES);
  shared.fill(0);
  const number = new DataView(derived.buffer, derived.byteOffset).getBigUint64(2 * KEY_BYTES) % CODES;
  const digits = String(number).padStart(6, '0');
  return {
    toHolder: derived.slice(0, KEY_BYTES),
    toNewDevice: derived.slice(KEY_BYTES, 2 * KEY_BYTES),
    shortCode: `${digits.slice(0, 3)} ${digits.slice(3)}`,
  };
}
