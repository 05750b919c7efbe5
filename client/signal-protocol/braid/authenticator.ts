// The authenticator of ML-KEM Braid: MACs over what the KEM exchanges, under a key that every epoch's secret enters, so that
// only someone who held all earlier secrets can put a key of their own in.

import { concatBytes } from '@noble/hashes/utils.js';
import { ProtocolError } from '../errors.ts';
import { equalBytes, uint64be } from '../primitives/bytes.ts';
import { hkdfSha256, hmacSha256, label } from '../primitives/kdf.ts';

export const MAC_BYTES = 32;

export interface Authenticator {
  readonly rootKey: Uint8Array;
  readonly macKey: Uint8Array;
}

const UPDATE = label('Signal_PQCKA_V1_MLKEM768:Authenticator Update');
const EK_HEADER = label('Signal_PQCKA_V1_MLKEM768:ekheader');
const CIPHERTEXT = label('Signal_PQCKA_V1_MLKEM768:ciphertext');
const EPOCH_KEY = label('Signal_PQCKA_V1_MLKEM768:SCKA Key');

/** Init: an update of the zero root with the session's first secret, at epoch 1. */
export function createAuthenticator(secret: Uint8Array): Authenticator {
  return updateAuthenticator({ rootKey: new Uint8Array(32), macKey: new Uint8Array(32) }, 1, secret);
}

/** Update(epoch, key). */
export function updateAuthenticator(state: Authenticator, epoch: number, key: Uint8Array): Authenticator {
  const info = concatBytes(UPDATE, uint64be(epoch));
  const [rootKey, macKey] = hkdfSha256(undefined, concatBytes(state.rootKey, key), info, [32, 32]);
  return { rootKey, macKey };
}

/** MacHdr(epoch, header). */
export function macHeader(state: Authenticator, epoch: number, header: Uint8Array): Uint8Array {
  return hmacSha256(state.macKey, EK_HEADER, uint64be(epoch), header);
}

/** MacCt(epoch, ciphertext) of both halves. */
export function macCiphertext(state: Authenticator, epoch: number, ct1: Uint8Array, ct2: Uint8Array): Uint8Array {
  return hmacSha256(state.macKey, CIPHERTEXT, uint64be(epoch), ct1, ct2);
}

/** VfyHdr and VfyCt. @throws ProtocolError INVALID_PQ_RATCHET */
export function requireMac(actual: Uint8Array, expected: Uint8Array): void {
  if (!equalBytes(actual, expected)) {
    throw new ProtocolError('INVALID_PQ_RATCHET', 'the post-quantum ratchet is not authentic');
  }
}

/** KDF_OK: the secret of an epoch from the KEM's. */
export function deriveEpochKey(sharedSecret: Uint8Array, epoch: number): Uint8Array {
  const [key] = hkdfSha256(undefined, sharedSecret, concatBytes(EPOCH_KEY, uint64be(epoch)), [32]);
  return key;
}
