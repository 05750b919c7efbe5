import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { xeddsaAsEd25519, xeddsaSign, xeddsaVerify } from '../../../shared/trust/xeddsa.ts';

/** The widely published signature of the original curve25519 test, and two that the official library made (one per sign bit). */
const published = [
  {
    publicKey: 'ab7e717d4a163b7d9a1d8071dfe9dcf8cdcd1cea3339b6356be84d887e322c64',
    message: '05edce9d9c415ca78cb7252e72c2c4a554d3eb29485a0e1d503118d1a82d99fb4a',
    signature:
      '5de88ca9a89b4a115da79109c67c9c7464a3e4180274f1cb8c63c2984e286dfbede82deb9dcd9fae0bfbb821569b3d9001bd8130cd11d486cef047bd60b86e88',
  },
  {
    publicKey: '7b4e909bbe7ffe44c465a220037d608ee35897d31ef972f07f74892cb0f73f13',
    message: '0101010101',
    signature:
      '6992fe312def00fa5e88d0fd83f780cd994acc2b23eb7492cdf165cc261d30abd56ef386154eca8fc826b061136cdf967ecadf327e7085612b5c71a13ae61889',
  },
  {
    publicKey: '0faa684ed28867b97f4a6a2dee5df8ce974e76b7018e3f22a1c4cf2678570f20',
    message: '02020202020202020202',
    signature:
      '8368314de2b41b153005d874bf2c5555939e179ff33c671f9576b1adb459df03cf7fb9dadd1e6224a49093ee1c5e4861515441651487281b09343f9127e6ef0f',
  },
] as const;

const P = 2n ** 255n - 19n;
const { Point } = ed25519;

function encode(value: bigint): Uint8Array {
  return hexToBytes(value.toString(16).padStart(64, '0')).reverse();
}

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${bytesToHex(Uint8Array.from(bytes).reverse())}`);
}

/** The u-coordinates of the points of order 8 (RFC 7748 implementations are told to expect them). */
const ORDER_EIGHT = [
  0xb8495f16056286fdb1329ceb8d09da6ac49ff1fae35616aeb8413b7c7aebe0n,
  0x57119fd0dd4e22d8868e1c58c45c44045bef839c55b1d0b1248c50a3bc959c5fn,
];

function example() {
  const privateKey = new Uint8Array(32).fill(0x42);
  const message = new TextEncoder().encode('a signed prekey');
  const signature = xeddsaSign(privateKey, message, new Uint8Array(64).fill(7));
  return { privateKey, publicKey: x25519.getPublicKey(privateKey), message, signature };
}

describe('XEdDSA', () => {
  it.each(published)('accepts a published signature by $publicKey', ({ publicKey, message, signature }) => {
    expect(xeddsaVerify(hexToBytes(publicKey), hexToBytes(message), hexToBytes(signature))).toBe(true);
  });

  it('verifies what it signs, for any key and message, with the sign bit 0', () => {
    const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
    fc.assert(
      fc.property(bytes(32), fc.uint8Array({ maxLength: 100 }), bytes(64), (privateKey, message, random) => {
        const signature = xeddsaSign(privateKey, message, random);
        expect((signature[63] ?? 0) & 0x80).toBe(0);
        expect(xeddsaVerify(x25519.getPublicKey(privateKey), message, signature)).toBe(true);
      }),
      { seed: 1, numRuns: 25 },
    );
  });

  it('refuses every single flipped bit of the signature', () => {
    const { publicKey, message, signature } = example();
    for (let bit = 0; bit < 512; bit++) {
      const flipped = Uint8Array.from(signature);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(xeddsaVerify(publicKey, message, flipped), `bit ${bit}`).toBe(false);
    }
  });

  it('refuses another message, another key and wrong lengths', () => {
    const { publicKey, message, signature } = example();
    const other = x25519.getPublicKey(new Uint8Array(32).fill(0x43));
    expect(xeddsaVerify(publicKey, concatBytes(message, Uint8Array.of(0)), signature)).toBe(false);
    expect(xeddsaVerify(other, message, signature)).toBe(false);
    expect(xeddsaVerify(concatBytes(Uint8Array.of(5), publicKey), message, signature)).toBe(false);
    expect(xeddsaVerify(publicKey, message, signature.subarray(0, 63))).toBe(false);
    expect(() => xeddsaSign(publicKey.subarray(1), message, signature)).toThrow(RangeError);
    expect(() => xeddsaSign(publicKey, message, signature.subarray(1))).toThrow(RangeError);
  });

  it('refuses a key whose u-coordinate is not reduced, though it names the same point', () => {
    // u = 9 is the base point, whose discrete logarithm is 1, so both of its 255-bit encodings can be signed for.
    const message = new TextEncoder().encode('two encodings of one key');
    const publicKey = Point.BASE.toBytes();
    const encodedR = Point.BASE.multiply(5n).toBytes();
    const h = Point.Fn.create(littleEndian(sha512(concatBytes(encodedR, publicKey, message))));
    const signature = concatBytes(encodedR, encode(Point.Fn.add(5n, h)));
    expect(xeddsaVerify(encode(9n), message, signature)).toBe(true);
    expect(xeddsaVerify(encode(9n + P), message, signature)).toBe(false);
    expect(xeddsaVerify(encode(9n + 2n ** 255n), message, signature)).toBe(false);
  });

  it('refuses the small-order keys, for which a signature can be made without a private key', () => {
    // With A of small order, sB - hA = sB for every message whose hash kills A: one in eight at worst.
    const forged = concatBytes(Point.BASE.toBytes(), encode(1n));
    for (const u of [0n, 1n, P - 1n, ...ORDER_EIGHT]) {
      for (let i = 0; i < 64; i++) expect(xeddsaVerify(encode(u), Uint8Array.of(i), forged)).toBe(false);
    }
  });

  it('refuses s >= q, which would make a second valid signature out of one', () => {
    const { publicKey, message, signature } = example();
    const s = littleEndian(signature.subarray(32));
    const malleable = concatBytes(signature.subarray(0, 32), encode(s + Point.Fn.ORDER));
    expect(xeddsaVerify(publicKey, message, malleable)).toBe(false);
  });

  it('refuses an R that is not canonically encoded', () => {
    const { publicKey, signature } = example();
    for (const y of [P, P + 1n, 2n ** 255n - 1n]) {
      const check = xeddsaAsEd25519(publicKey, concatBytes(encode(y), signature.subarray(32)));
      expect(check).toBeUndefined();
    }
  });

  it('hands over to a plain Ed25519 verifier exactly what it would verify itself', () => {
    for (const { publicKey, message, signature } of published) {
      const check = xeddsaAsEd25519(hexToBytes(publicKey), hexToBytes(signature));
      expect(check && ed25519.verify(check.signature, hexToBytes(message), check.publicKey)).toBe(true);
    }
  });
});
