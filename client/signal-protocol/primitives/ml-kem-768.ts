// ML-KEM-768 (FIPS 203) with encapsulation in two halves, as ML-KEM Braid needs it: the first half of the ciphertext needs
// only the seed of the matrix and the hash of the key, so that it can travel while the key itself is still arriving.
// Sampling, transforms and packing come from @noble/post-quantum; here is only their order.

import { sha3_256, sha3_512, shake256 } from '@noble/hashes/sha3.js';
import { concatBytes, randomBytes } from '@noble/hashes/utils.js';
import { genCrystals, XOF128 } from '@noble/post-quantum/_crystals.js';
import { equalBytes, wipe } from './bytes.ts';
import type { CryptoProvider } from './provider.ts';

/** Bytes of: rho || H(ek); the encoded vector t; both halves of the ciphertext. */
export const SIZES = {
  header: 64,
  vector: 1152,
  ciphertext1: 960,
  ciphertext2: 128,
  seed: 64,
  encapsulation: 64,
} as const;

const N = 256;
const Q = 3329;
const K = 3;

type Polynomial = Uint16Array<ArrayBufferLike>;

const ring = genCrystals<Uint16Array<ArrayBufferLike>>({
  N,
  Q,
  F: 3303,
  ROOT_OF_UNITY: 17,
  newPoly: (n) => new Uint16Array(n),
  brvBits: 7,
  isKyber: true,
});

const byteEncode12 = ring.bitsCoder(12, { encode: (c) => c, decode: (c) => c });
const compress10 = ring.bitsCoder(10, { encode: (c) => Math.floor(((c << 10) + (Q >> 1)) / Q), decode: (c) => c });
const compress4 = ring.bitsCoder(4, { encode: (c) => Math.floor(((c << 4) + (Q >> 1)) / Q), decode: (c) => c });

/** A key pair split as Braid sends it. `seed` (d || z) stands for the private key: FIPS 203 section 7.1 allows storing it. */
export interface SplitKeyPair {
  readonly seed: Uint8Array;
  /** rho || SHA3-256(ek) */
  readonly header: Uint8Array;
  /** ByteEncode12(t), the rest of the encapsulation key */
  readonly vector: Uint8Array;
}

export async function generateSplitKeyPair(provider: CryptoProvider): Promise<SplitKeyPair> {
  const { seed, publicKey } = await provider.mlKemKeyPair(768);
  return {
    seed,
    header: concatBytes(publicKey.subarray(SIZES.vector), sha3_256(publicKey)),
    vector: publicKey.slice(0, SIZES.vector),
  };
}

/** True if `vector` completes the key that `header` announced and passes the modulus check of FIPS 203 section 7.2. */
export function isVectorOf(header: Uint8Array, vector: Uint8Array): boolean {
  const hash = sha3_256(concatBytes(vector, header.subarray(0, 32)));
  return equalBytes(hash, header.subarray(32)) && decodeVector(vector).every((poly) => poly.every((c) => c < Q));
}

/** What {@link encapsulate1} leaves for {@link encapsulate2}: the message m and the encryption randomness r, both secret. */
export interface FirstHalf {
  readonly ciphertext1: Uint8Array;
  readonly sharedSecret: Uint8Array;
  readonly encapsulation: Uint8Array;
}

/** The u half of FIPS 203 algorithm 17 over algorithm 14. `message` is only for tests; leave it to be drawn. */
export function encapsulate1(header: Uint8Array, message: Uint8Array = randomBytes(32)): FirstHalf {
  const keyAndRandomness = sha3_512(concatBytes(message, header.subarray(32)));
  const randomness = keyAndRandomness.subarray(32);
  const y = sampleY(randomness);
  const matrix = XOF128(header.subarray(0, 32));
  const u: Uint8Array[] = [];
  for (let i = 0; i < K; i++) {
    const sum = new Uint16Array(N);
    y.forEach((yj, j) => {
      multiplyAdd(sum, sampleNtt(matrix.get(i, j)), yj);
    });
    u.push(compress10.encode(add(ring.NTT.decode(sum), sampleCbd2(randomness, K + i))));
  }
  matrix.clean();
  return {
    ciphertext1: concatBytes(...u),
    sharedSecret: keyAndRandomness.slice(0, 32),
    encapsulation: concatBytes(message, randomness),
  };
}

/** The v half. The caller has checked the vector with {@link isVectorOf}. */
export function encapsulate2(encapsulation: Uint8Array, vector: Uint8Array): Uint8Array {
  const message = encapsulation.subarray(0, 32);
  const randomness = encapsulation.subarray(32);
  const t = decodeVector(vector);
  const sum = new Uint16Array(N);
  sampleY(randomness).forEach((yj, j) => {
    multiplyAdd(sum, t[j] ?? new Uint16Array(N), yj);
  });
  const v = add(ring.NTT.decode(sum), sampleCbd2(randomness, 2 * K));
  return compress4.encode(add(v, decompressMessage(message)));
}

function sampleY(randomness: Uint8Array): Polynomial[] {
  return Array.from({ length: K }, (_, i) => ring.NTT.encode(sampleCbd2(randomness, i)));
}

function decodeVector(vector: Uint8Array): Polynomial[] {
  const bytes = byteEncode12.bytesLen;
  return Array.from({ length: K }, (_, i) => byteEncode12.decode(vector.subarray(i * bytes, (i + 1) * bytes)));
}

/** FIPS 203 algorithm 7, SampleNTT. */
function sampleNtt(squeeze: () => Uint8Array): Polynomial {
  const out = new Uint16Array(N);
  let filled = 0;
  while (filled < N) {
    const block = squeeze();
    for (let i = 0; i + 3 <= block.length && filled < N; i += 3) {
      const [b0, b1, b2] = [block[i] ?? 0, block[i + 1] ?? 0, block[i + 2] ?? 0];
      const d1 = b0 | ((b1 & 15) << 8);
      const d2 = (b1 >> 4) | (b2 << 4);
      if (d1 < Q) out[filled++] = d1;
      if (d2 < Q && filled < N) out[filled++] = d2;
    }
  }
  return out;
}

/** FIPS 203 algorithm 8, SamplePolyCBD with eta = 2, of PRF(randomness, nonce). */
function sampleCbd2(randomness: Uint8Array, nonce: number): Polynomial {
  const noise = shake256(concatBytes(randomness, Uint8Array.of(nonce)), { dkLen: 128 });
  const out = new Uint16Array(N);
  for (let i = 0; i < N; i++) {
    const nibble = ((noise[i >> 1] ?? 0) >> ((i & 1) * 4)) & 15;
    const x = (nibble & 1) + ((nibble >> 1) & 1);
    const y = ((nibble >> 2) & 1) + (nibble >> 3);
    out[i] = x >= y ? x - y : x - y + Q;
  }
  wipe(noise);
  return out;
}

/** FIPS 203 algorithms 11 and 12: sum += a * b in the transform domain. */
function multiplyAdd(sum: Polynomial, a: Polynomial, b: Polynomial): void {
  for (let i = 0; i < N; i += 2) {
    const zeta = ring.nttZetas[64 + (i >> 2)] ?? 0;
    const gamma = i & 2 ? Q - zeta : zeta;
    const [a0, a1, b0, b1] = [a[i] ?? 0, a[i + 1] ?? 0, b[i] ?? 0, b[i + 1] ?? 0];
    sum[i] = ((sum[i] ?? 0) + a0 * b0 + ((a1 * b1) % Q) * gamma) % Q;
    sum[i + 1] = ((sum[i + 1] ?? 0) + a0 * b1 + a1 * b0) % Q;
  }
}

function add(a: Polynomial, b: Polynomial): Polynomial {
  return a.map((c, i) => (c + (b[i] ?? 0)) % Q);
}

/** Decompress_1(ByteDecode_1(m)): a set bit becomes the coefficient (q + 1) / 2. */
function decompressMessage(message: Uint8Array): Polynomial {
  return Uint16Array.from({ length: N }, (_, i) => (((message[i >> 3] ?? 0) >> (i & 7)) & 1) * ((Q + 1) >> 1));
}
