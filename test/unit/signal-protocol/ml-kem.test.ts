import { sha3_256, shake256 } from '@noble/hashes/sha3.js';
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js';
import { ml_kem768, ml_kem1024 } from '@noble/post-quantum/ml-kem.js';
import { describe, expect, it } from 'vitest';
import { nodeProvider } from '../../../client/platform/node-crypto.ts';
import { detectProvider, portableProvider } from '../../../client/signal-protocol/index.ts';
import {
  generateKemKeyPair,
  kemDecapsulate,
  kemEncapsulate,
} from '../../../client/signal-protocol/primitives/kyber1024.ts';
import * as split from '../../../client/signal-protocol/primitives/ml-kem-768.ts';
import { accumulateMlKem768 } from './support/accumulated-ml-kem.ts';
import { SeededRandom } from './support/random.ts';
import acvp from './vectors/acvp-ml-kem-768.json' with { type: 'json' };

function headerOf(publicKey: Uint8Array): Uint8Array {
  return concatBytes(publicKey.subarray(split.SIZES.vector), sha3_256(publicKey));
}

describe('ML-KEM-768 in two halves', () => {
  it('encapsulates as the ACVP vector says', () => {
    const [publicKey, message] = [hexToBytes(acvp.ek), hexToBytes(acvp.m)];
    const first = split.encapsulate1(headerOf(publicKey), message);
    const second = split.encapsulate2(first.encapsulation, publicKey.subarray(0, split.SIZES.vector));
    expect(bytesToHex(concatBytes(first.ciphertext1, second))).toBe(acvp.c);
    expect(bytesToHex(first.sharedSecret)).toBe(acvp.k);
  });

  it('gives the accumulated hash of a hundred rounds that is published, implicit rejection included', async () => {
    expect(await accumulateMlKem768(portableProvider, 100)).toBe(
      '1114b1b6699ed191734fa339376afa7e285c9e6acf6ff0177d346696ce564415',
    );
  });

  it('equals the undivided algorithm for any key and message', () => {
    const random = new SeededRandom(1);
    for (let i = 0; i < 20; i++) {
      const { publicKey } = ml_kem768.keygen(random.bytes(64));
      const message = random.bytes(32);
      const { cipherText, sharedSecret } = ml_kem768.encapsulate(publicKey, message);
      const first = split.encapsulate1(headerOf(publicKey), message);
      const second = split.encapsulate2(first.encapsulation, publicKey.subarray(0, split.SIZES.vector));
      expect(concatBytes(first.ciphertext1, second)).toEqual(cipherText);
      expect(first.sharedSecret).toEqual(sharedSecret);
    }
  });

  it('is opened by the undivided algorithm', async () => {
    const { seed, header, vector } = await split.generateSplitKeyPair(portableProvider);
    const first = split.encapsulate1(header);
    const second = split.encapsulate2(first.encapsulation, vector);
    const ciphertext = concatBytes(first.ciphertext1, second);
    expect(await portableProvider.mlKemDecapsulate(768, seed, ciphertext)).toEqual(first.sharedSecret);
  });

  it('takes only the vector that the header announced, and only reduced coefficients', async () => {
    const { header, vector } = await split.generateSplitKeyPair(portableProvider);
    expect(split.isVectorOf(header, vector)).toBe(true);
    const flipped = Uint8Array.from(vector);
    flipped[700] = (flipped[700] ?? 0) ^ 1;
    expect(split.isVectorOf(header, flipped)).toBe(false);
    // 4095 in the first coefficient, announced correctly: FIPS 203 section 7.2, modulus check.
    const unreduced = Uint8Array.from(vector);
    unreduced.set([0xff, 0x0f | ((unreduced[1] ?? 0) & 0xf0)]);
    const announced = headerOf(concatBytes(unreduced, header.subarray(0, 32)));
    expect(split.isVectorOf(announced, unreduced)).toBe(false);
  });
});

const providers = [
  ['portable', portableProvider],
  ['Node', nodeProvider],
  ['WebCrypto', await detectProvider()],
] as const;

describe.each(providers)('ML-KEM-768 by the %s provider', (_name, provider) => {
  it('agrees with the portable one, both ways', async () => {
    const { seed, publicKey } = await provider.mlKemKeyPair(768);
    const sent = await provider.mlKemEncapsulate(768, publicKey);
    expect(await portableProvider.mlKemDecapsulate(768, seed, sent.ciphertext)).toEqual(sent.sharedSecret);
    const received = await portableProvider.mlKemEncapsulate(768, publicKey);
    expect(bytesToHex(await provider.mlKemDecapsulate(768, seed, received.ciphertext))).toBe(
      bytesToHex(received.sharedSecret),
    );
  });
});

describe.each(providers)('Kyber-1024 of round 3 by the %s provider', (_name, provider) => {
  it('agrees with the portable one, both ways', async () => {
    const { publicKey, privateKey } = generateKemKeyPair();
    const sent = await kemEncapsulate(provider, publicKey);
    expect(await kemDecapsulate(portableProvider, privateKey, sent.ciphertext)).toEqual(sent.sharedSecret);
    const received = await kemEncapsulate(portableProvider, publicKey);
    expect(await kemDecapsulate(provider, privateKey, received.ciphertext)).toEqual(received.sharedSecret);
  });

  it('hashes the secret of FIPS 203 once more, with the ciphertext', async () => {
    const { publicKey, privateKey } = generateKemKeyPair();
    const { ciphertext, sharedSecret } = await kemEncapsulate(provider, publicKey);
    const { secretKey } = ml_kem1024.keygen(privateKey);
    const mlKemSecret = ml_kem1024.decapsulate(ciphertext.subarray(1), secretKey);
    const expected = shake256(concatBytes(mlKemSecret, sha3_256(ciphertext.subarray(1))), { dkLen: 32 });
    expect(sharedSecret).toEqual(expected);
  });

  it('rejects implicitly: another ciphertext gives another secret, and no error', async () => {
    const { publicKey, privateKey } = generateKemKeyPair();
    const { ciphertext, sharedSecret } = await kemEncapsulate(provider, publicKey);
    const altered = Uint8Array.from(ciphertext);
    altered[100] = (altered[100] ?? 0) ^ 1;
    expect(await kemDecapsulate(provider, privateKey, altered)).not.toEqual(sharedSecret);
  });

  it('refuses keys and ciphertexts of another type or size, and unreduced keys', async () => {
    const { publicKey, privateKey } = generateKemKeyPair();
    const { ciphertext } = await kemEncapsulate(provider, publicKey);
    const unreduced = Uint8Array.from(publicKey).fill(0xff, 1, 4);
    const badKeys = [
      publicKey.subarray(1),
      publicKey.subarray(0, 1568),
      Uint8Array.from(publicKey).fill(7, 0, 1),
      unreduced,
    ];
    for (const key of badKeys) {
      await expect(kemEncapsulate(provider, key)).rejects.toMatchObject({ code: 'INVALID_KEY' });
    }
    for (const bytes of [
      ciphertext.subarray(1),
      ciphertext.subarray(0, 1568),
      Uint8Array.from(ciphertext).fill(7, 0, 1),
    ]) {
      await expect(kemDecapsulate(provider, privateKey, bytes)).rejects.toMatchObject({ code: 'INVALID_MESSAGE' });
    }
  });
});
