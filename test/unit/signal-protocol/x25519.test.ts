import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { describe, expect, it } from 'vitest';
import { nodeProvider } from '../../../client/platform/node-crypto.ts';
import { detectProvider, portableProvider } from '../../../client/signal-protocol/index.ts';
import { decodePublicKey, diffieHellman, encodePublicKey } from '../../../client/signal-protocol/primitives/curve.ts';
import { xeddsaSign } from '../../../shared/trust/xeddsa.ts';
import wycheproof from './vectors/wycheproof-x25519.json' with { type: 'json' };

const providers = [
  ['portable', portableProvider],
  ['Node', nodeProvider],
  ['WebCrypto', await detectProvider()],
] as const;

describe.each(providers)('X25519 by the %s provider', (_name, provider) => {
  it('computes the values of RFC 7748 section 5.2', async () => {
    const cases = [
      [
        'a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4',
        'e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c',
        'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552',
      ],
    ] as const;
    for (const [scalar, u, expected] of cases) {
      expect(bytesToHex(await provider.x25519(hexToBytes(scalar), hexToBytes(u)))).toBe(expected);
    }
  });

  it('iterates as RFC 7748 section 5.2 does, a thousand times', async () => {
    let k = Uint8Array.of(9, ...new Array<number>(31).fill(0));
    let u = k;
    const rounds = provider === portableProvider ? 1 : 1000;
    const expected = {
      1: '422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079',
      1000: '684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51',
    };
    for (let i = 0; i < rounds; i++) [k, u] = [Uint8Array.from(await provider.x25519(k, u)), k];
    expect(bytesToHex(k)).toBe(expected[rounds]);
  });

  it('agrees on a secret as in RFC 7748 section 6.1', async () => {
    const bob = hexToBytes('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb');
    const alice = hexToBytes('8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a');
    const shared = await diffieHellman(provider, bob, alice);
    expect(bytesToHex(shared)).toBe('4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742');
  });

  it.each(wycheproof.tests)('Wycheproof $tcId ($comment) is $engine', async (vector) => {
    const result = diffieHellman(provider, hexToBytes(vector.private), hexToBytes(vector.public));
    if (vector.engine === 'refused') await expect(result).rejects.toMatchObject({ code: 'INVALID_KEY' });
    else expect(bytesToHex(await result)).toBe(vector.shared);
  });

  it('generates clamped keys that agree with each other', async () => {
    const [one, other] = [await provider.generateKeyPair(), await provider.generateKeyPair()];
    expect((one.privateKey[0] ?? 0) & 7).toBe(0);
    expect((one.privateKey[31] ?? 0) & 0xc0).toBe(0x40);
    expect(await provider.x25519(one.privateKey, other.publicKey)).toEqual(
      await provider.x25519(other.privateKey, one.publicKey),
    );
  });

  it('judges signatures as shared/trust does', async () => {
    const { privateKey, publicKey } = await provider.generateKeyPair();
    const message = new Uint8Array(33).fill(5);
    const signature = xeddsaSign(privateKey, message, new Uint8Array(64).fill(1));
    expect(await provider.xeddsaVerify(publicKey, message, signature)).toBe(true);
    for (const bit of [0, 200, 255, 256, 400, 511]) {
      const flipped = Uint8Array.from(signature);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(await provider.xeddsaVerify(publicKey, message, flipped)).toBe(false);
    }
    expect(await provider.xeddsaVerify(publicKey, message.subarray(1), signature)).toBe(false);
  });
});

describe('a platform that returns the all-zero secret instead of refusing', () => {
  it('is not believed', async () => {
    const provider = { ...portableProvider, x25519: () => new Uint8Array(32) };
    const lowOrder = Uint8Array.of(1, ...new Uint8Array(31));
    await expect(diffieHellman(provider, new Uint8Array(32).fill(8), lowOrder)).rejects.toMatchObject({
      code: 'INVALID_KEY',
    });
  });
});

describe('serialised public keys', () => {
  const key = new Uint8Array(32).fill(3);

  it('are 05 and the u-coordinate', () => {
    expect(decodePublicKey(encodePublicKey(key))).toEqual(key);
  });

  it('are refused with another type, another length, or an unreduced coordinate', () => {
    const encoded = encodePublicKey(key);
    const others = [
      encoded.subarray(1),
      encoded.subarray(0, 32),
      encodePublicKey(key).fill(6, 0, 1),
      encodePublicKey(new Uint8Array(32).fill(0xff)),
      new Uint8Array(0),
    ];
    for (const other of others)
      expect(() => decodePublicKey(other)).toThrow(expect.objectContaining({ code: 'INVALID_KEY' }));
  });
});
