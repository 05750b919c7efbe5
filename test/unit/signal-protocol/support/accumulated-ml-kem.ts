import { sha3_256, shake128 } from '@noble/hashes/sha3.js';
import { bytesToHex, concatBytes } from '@noble/hashes/utils.js';
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import type { CryptoProvider } from '../../../../client/signal-protocol/index.ts';
import { encapsulate1, encapsulate2, SIZES } from '../../../../client/signal-protocol/primitives/ml-kem-768.ts';

/**
 * The accumulated test of C2SP's CCTV, whose results Go's crypto/mlkem publishes too: keys, ciphertexts and secrets of many deterministic rounds, and the secrets that
 * decapsulation makes up for random ciphertexts, in one hash.
 */
export async function accumulateMlKem768(provider: CryptoProvider, rounds: number): Promise<string> {
  const [source, sink] = [shake128.create(), shake128.create()];
  for (let round = 0; round < rounds; round++) {
    const seed = source.xof(64);
    const { publicKey } = ml_kem768.keygen(seed);
    sink.update(publicKey);
    const [vector, rho] = [publicKey.subarray(0, SIZES.vector), publicKey.subarray(SIZES.vector)];
    const first = encapsulate1(concatBytes(rho, sha3_256(publicKey)), source.xof(32));
    const second = encapsulate2(first.encapsulation, vector);
    sink.update(first.ciphertext1).update(second).update(first.sharedSecret);
    const random = source.xof(SIZES.ciphertext1 + SIZES.ciphertext2);
    sink.update(await provider.mlKemDecapsulate(768, seed, random));
  }
  return bytesToHex(sink.xof(32));
}
