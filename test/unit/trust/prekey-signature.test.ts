import { describe, expect, it } from 'vitest';
import { preKeySignatureHolds } from '../../../shared/trust/prekey-signature.ts';
import { xeddsaSign } from '../../../shared/trust/xeddsa.ts';
import { seededBytes, testDeviceKeys, testKemPreKey, testSignedPreKey } from '../../support/identities.ts';
import { flipBit } from './judging.ts';

const keys = testDeviceKeys('phone');
const ec = testSignedPreKey(keys);
const kem = testKemPreKey(keys);

describe('the signature of a prekey', () => {
  it('holds for both kinds of key', () => {
    expect(preKeySignatureHolds(keys.identityKey, ec.key, ec.signature)).toBe(true);
    expect(preKeySignatureHolds(keys.identityKey, kem.key, kem.signature)).toBe(true);
  });

  it('does not hold with a flipped bit, for another key, or by another device', () => {
    for (let bit = 0; bit < 512; bit += 3) {
      expect(preKeySignatureHolds(keys.identityKey, ec.key, flipBit(ec.signature, bit))).toBe(false);
    }
    expect(preKeySignatureHolds(keys.identityKey, flipBit(kem.key, 9_000), kem.signature)).toBe(false);
    expect(preKeySignatureHolds(keys.identityKey, kem.key, ec.signature)).toBe(false);
    expect(preKeySignatureHolds(testDeviceKeys('other').identityKey, ec.key, ec.signature)).toBe(false);
  });

  it.each([
    ['an empty one', 0x05, 0],
    ['a Curve25519 key of 32 bytes', 0x05, 32],
    ['a Curve25519 key with the length of a Kyber key', 0x05, 1_569],
    ['a Kyber key of 33 bytes', 0x08, 33],
    ['a Kyber key one byte too long', 0x08, 1_570],
    ['a key of an unknown type', 0x07, 33],
  ])('does not hold for %s, however well it is signed', (_, type, length) => {
    const key = Uint8Array.of(type, ...seededBytes('key', Math.max(0, length - 1))).slice(0, length);
    const signature = xeddsaSign(keys.identityPrivateKey, key, seededBytes('random', 64));
    expect(preKeySignatureHolds(keys.identityKey, key, signature)).toBe(false);
  });

  it('needs an identity key with its type byte', () => {
    const typed = (type: number) => Uint8Array.of(type, ...keys.identityKey.subarray(1));
    expect(preKeySignatureHolds(typed(0x06), ec.key, ec.signature)).toBe(false);
    expect(preKeySignatureHolds(keys.identityKey.subarray(1), ec.key, ec.signature)).toBe(false);
  });
});
