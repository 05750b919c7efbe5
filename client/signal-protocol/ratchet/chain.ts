// The symmetric-key ratchet (Double Ratchet section 2.2) and what a message is encrypted with (sections 6 and 7.2).

import { wipe } from '../primitives/bytes.ts';
import { hkdfSha256, hmacPair, label } from '../primitives/kdf.ts';

/** CK and N: the next message of the chain uses `index`. */
export interface ChainKey {
  readonly key: Uint8Array;
  readonly index: number;
}

/** The AES-256-CBC key and IV and the HMAC-SHA256 key of one message. */
export interface MessageKeys {
  readonly cipherKey: Uint8Array;
  readonly macKey: Uint8Array;
  readonly iv: Uint8Array;
}

const MESSAGE_KEY_CONSTANT = Uint8Array.of(1);
const CHAIN_KEY_CONSTANT = Uint8Array.of(2);
const ROOT_INFO = label('WhisperRatchet');
const MESSAGE_KEYS_INFO = label('WhisperMessageKeys');

/** KDF_RK(rk, dh_out) of section 7.2. */
export function kdfRootKey(rootKey: Uint8Array, dhOutput: Uint8Array): { rootKey: Uint8Array; chain: ChainKey } {
  const [nextRoot, chainKey] = hkdfSha256(rootKey, dhOutput, ROOT_INFO, [32, 32]);
  wipe(dhOutput);
  return { rootKey: nextRoot, chain: { key: chainKey, index: 0 } };
}

/** KDF_CK(ck) of section 7.2. The message key is still a seed: {@link deriveMessageKeys} mixes the SPQR key into it. */
export function kdfChainKey(chain: ChainKey): { next: ChainKey; seed: Uint8Array } {
  const [seed, key] = hmacPair(chain.key, MESSAGE_KEY_CONSTANT, CHAIN_KEY_CONSTANT);
  return { next: { key, index: chain.index + 1 }, seed };
}

/** The hybrid KDF of section 6 and the key expansion of ENCRYPT in section 7.2, which are one HKDF here. Wipes its inputs. */
export function deriveMessageKeys(seed: Uint8Array, pqKey: Uint8Array): MessageKeys {
  const [cipherKey, macKey, iv] = hkdfSha256(pqKey, seed, MESSAGE_KEYS_INFO, [32, 32, 16]);
  wipe(seed, pqKey);
  return { cipherKey, macKey, iv };
}
