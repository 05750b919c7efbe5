import { createHmac, hkdfSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { deriveMessageKeys, kdfChainKey, kdfRootKey } from '../../../client/signal-protocol/ratchet/chain.ts';

const filled = (value: number) => new Uint8Array(32).fill(value);

/** The same derivation by another implementation. */
function hkdf(salt: Uint8Array, inputKeyMaterial: Uint8Array, info: string, length: number): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', inputKeyMaterial, salt, info, length));
}

function hmac(key: Uint8Array, byte: number): Uint8Array {
  return Uint8Array.from(createHmac('sha256', key).update(Uint8Array.of(byte)).digest());
}

describe('the key derivations of the Double Ratchet', () => {
  it('KDF_RK is HKDF with the root key as salt', () => {
    const expected = hkdf(filled(1), filled(2), 'WhisperRatchet', 64);
    const { rootKey, chain } = kdfRootKey(filled(1), filled(2));
    expect([rootKey, chain]).toEqual([expected.slice(0, 32), { key: expected.slice(32), index: 0 }]);
  });

  it('KDF_CK is HMAC of 1 for the message and of 2 for the next chain key', () => {
    const { next, seed } = kdfChainKey({ key: filled(3), index: 7 });
    expect(seed).toEqual(hmac(filled(3), 1));
    expect(next).toEqual({ key: hmac(filled(3), 2), index: 8 });
  });

  it('message keys come from both ratchets: the seed, and the post-quantum key as salt', () => {
    const expected = hkdf(filled(5), filled(4), 'WhisperMessageKeys', 80);
    const { cipherKey, macKey, iv } = deriveMessageKeys(filled(4), filled(5));
    expect([cipherKey, macKey, iv]).toEqual([expected.slice(0, 32), expected.slice(32, 64), expected.slice(64)]);
  });

  it('what goes into message keys is wiped', () => {
    const [seed, pqKey] = [filled(4), filled(5)];
    deriveMessageKeys(seed, pqKey);
    expect([seed, pqKey]).toEqual([filled(0), filled(0)]);
  });
});
