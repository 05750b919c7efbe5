import { xeddsaVerify } from './xeddsa.ts';

/** Public keys as Signal serialises them, by their type byte: Curve25519 and Kyber1024. */
const SERIALISED_BYTES: ReadonlyMap<number | undefined, number> = new Map([
  [0x05, 33],
  [0x08, 1_569],
]);

/**
 * Whether a prekey is signed by its device's identity key (X3DH section 2.4, PQXDH section 2.2). Signal's format leaves no room for a
 * statement type: the type byte and length of the key stand in for it, and no statement of ours begins with such a byte.
 *
 * @param identityKey 05 and 32 bytes
 * @param preKey the serialised public key: 05 and 32 bytes, or 08 and 1,568 bytes
 */
export function preKeySignatureHolds(identityKey: Uint8Array, preKey: Uint8Array, signature: Uint8Array): boolean {
  if (identityKey.length !== 33 || identityKey[0] !== 0x05) return false;
  if (SERIALISED_BYTES.get(preKey[0]) !== preKey.length) return false;
  return xeddsaVerify(identityKey.subarray(1), preKey, signature);
}
