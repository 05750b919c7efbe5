// AES-256-CBC with PKCS#7 padding: the ENCRYPT of Double Ratchet section 7.2, without its MAC, which the message carries.

import { cbc } from '@noble/ciphers/aes.js';
import { ProtocolError } from '../errors.ts';

export function aesCbcEncrypt(key: Uint8Array, iv: Uint8Array, plaintext: Uint8Array): Uint8Array {
  return cbc(key, iv).encrypt(plaintext);
}

/**
 * Only for ciphertext whose MAC has been checked: padding errors of unauthenticated bytes would be an oracle.
 *
 * @throws ProtocolError DECRYPTION_FAILED when the padding is wrong
 */
export function aesCbcDecrypt(key: Uint8Array, iv: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  try {
    return cbc(key, iv).decrypt(ciphertext);
  } catch {
    throw new ProtocolError('DECRYPTION_FAILED', 'the padding is wrong');
  }
}
