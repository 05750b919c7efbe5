/**
 * Why the engine refused. Every refusal leaves the stored state as it was.
 *
 * - INVALID_ARGUMENT: the calling program passed something of a wrong size or form
 * - INVALID_MESSAGE: bytes that are not a message in the one accepted encoding
 * - LEGACY_VERSION, UNKNOWN_VERSION: a message version other than 4; nothing is ever renegotiated
 * - MISSING_PQ_RATCHET, INVALID_PQ_RATCHET: the post-quantum part is absent or breaks ML-KEM Braid
 * - INVALID_KEY: a public key that is malformed, not canonical, or of low order
 * - INVALID_SIGNATURE: a prekey that the identity key did not sign
 * - UNTRUSTED_IDENTITY: the application's trust decision said no
 * - ADDRESS_MISMATCH: the message was made for, or by, somebody else
 * - PREKEY_NOT_FOUND: the message uses a prekey that this device no longer has
 * - REPLAYED_PREKEY_MESSAGE: the handshake was already answered once and must not be answered again
 * - NO_SESSION, SESSION_EXPIRED: fetch a prekey bundle and start a session first
 * - DUPLICATE_MESSAGE: decrypted before, or so late that its key is gone
 * - TOO_FAR_AHEAD: more skipped messages than the limits allow
 * - DECRYPTION_FAILED: no session of that device authenticates the message
 * - CONCURRENT_CHANGE: the stored session changed under the operation; nothing was written, try again
 * - CORRUPT_STATE: the store returned something that the engine did not write
 */
export type ProtocolErrorCode =
  | 'INVALID_ARGUMENT'
  | 'INVALID_MESSAGE'
  | 'LEGACY_VERSION'
  | 'UNKNOWN_VERSION'
  | 'MISSING_PQ_RATCHET'
  | 'INVALID_PQ_RATCHET'
  | 'INVALID_KEY'
  | 'INVALID_SIGNATURE'
  | 'UNTRUSTED_IDENTITY'
  | 'ADDRESS_MISMATCH'
  | 'PREKEY_NOT_FOUND'
  | 'REPLAYED_PREKEY_MESSAGE'
  | 'NO_SESSION'
  | 'SESSION_EXPIRED'
  | 'DUPLICATE_MESSAGE'
  | 'TOO_FAR_AHEAD'
  | 'DECRYPTION_FAILED'
  | 'CONCURRENT_CHANGE'
  | 'CORRUPT_STATE';

/** The only error that the engine itself throws. Its text never contains keys, plaintext or addresses. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly code: ProtocolErrorCode;

  constructor(code: ProtocolErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
