import { x25519 } from '@noble/curves/ed25519.js';
import { randomBytes } from '@noble/hashes/utils.js';
import { ml_kem768, ml_kem1024 } from '@noble/post-quantum/ml-kem.js';
import { xeddsaAsEd25519, xeddsaVerify } from '../../../shared/trust/xeddsa.ts';
import { wipe } from './bytes.ts';

/** A Curve25519 key pair: 32-byte clamped private key, 32-byte u-coordinate. */
export interface KeyPair {
  readonly privateKey: Uint8Array;
  readonly publicKey: Uint8Array;
}

/** ML-KEM-768 for the post-quantum ratchet, ML-KEM-1024 under the key agreement. */
export type MlKemParameters = 768 | 1024;

export interface MlKemKeyPair {
  readonly seed: Uint8Array;
  readonly publicKey: Uint8Array;
}

export interface Encapsulated {
  readonly ciphertext: Uint8Array;
  readonly sharedSecret: Uint8Array;
}

/**
 * The operations that platforms do many times faster than JavaScript. Either answer form is fine: Node's native functions
 * answer at once, WebCrypto answers later.
 */
export interface CryptoProvider {
  generateKeyPair(): KeyPair | Promise<KeyPair>;

  /**
   * X25519 (RFC 7748 section 5) of a 32-byte private key and a 32-byte u-coordinate. Checks nothing: the engine refuses
   * non-canonical inputs before the call and an all-zero result after it, and takes an exception for a low-order point.
   */
  x25519(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array | Promise<Uint8Array>;

  /** "xeddsa_verify" over a 32-byte u-coordinate, exactly as strict as `xeddsaVerify` of shared/trust. */
  xeddsaVerify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean | Promise<boolean>;

  /** ML-KEM.KeyGen (FIPS 203 section 7.1), with the 64-byte seed (d || z) in place of the private key. */
  mlKemKeyPair(parameters: MlKemParameters): MlKemKeyPair | Promise<MlKemKeyPair>;

  /** ML-KEM.Encaps (FIPS 203 section 7.2). Throws if the key has another length or fails the modulus check. */
  mlKemEncapsulate(parameters: MlKemParameters, publicKey: Uint8Array): Encapsulated | Promise<Encapsulated>;

  /** ML-KEM.Decaps (FIPS 203 section 7.3), the private key again as its seed. */
  mlKemDecapsulate(
    parameters: MlKemParameters,
    seed: Uint8Array,
    ciphertext: Uint8Array,
  ): Uint8Array | Promise<Uint8Array>;
}

/** The part of a provider that is ML-KEM. */
export type MlKemProvider = Pick<CryptoProvider, 'mlKemKeyPair' | 'mlKemEncapsulate' | 'mlKemDecapsulate'>;

/** An Ed25519 verifier that compares R itself (RFC 8032 section 5.1.7 without the cofactor), as OpenSSL's and BoringSSL's. */
export type Ed25519Verifier = (
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
) => boolean | Promise<boolean>;

/** Builds `xeddsaVerify` of a provider from the platform's Ed25519. */
export function xeddsaThrough(verify: Ed25519Verifier): CryptoProvider['xeddsaVerify'] {
  return (publicKey, message, signature) => {
    const check = xeddsaAsEd25519(publicKey, signature);
    return check ? verify(check.publicKey, message, check.signature) : false;
  };
}

const KEMS = { 768: ml_kem768, 1024: ml_kem1024 } as const;

/** Runs everywhere and is slow: about a millisecond for each operation. */
export const portableProvider: CryptoProvider = {
  generateKeyPair: () => {
    const privateKey = randomBytes(32);
    privateKey[0] = (privateKey[0] ?? 0) & 0xf8;
    privateKey[31] = ((privateKey[31] ?? 0) & 0x7f) | 0x40;
    return { privateKey, publicKey: x25519.getPublicKey(privateKey) };
  },
  x25519: (privateKey, publicKey) => x25519.getSharedSecret(privateKey, publicKey),
  xeddsaVerify,
  mlKemKeyPair: (parameters) => {
    const seed = randomBytes(64);
    const { publicKey, secretKey } = KEMS[parameters].keygen(seed);
    wipe(secretKey);
    return { seed, publicKey };
  },
  mlKemEncapsulate: (parameters, publicKey) => {
    const { cipherText, sharedSecret } = KEMS[parameters].encapsulate(publicKey);
    return { ciphertext: cipherText, sharedSecret };
  },
  mlKemDecapsulate: (parameters, seed, ciphertext) => {
    const { secretKey } = KEMS[parameters].keygen(seed);
    const sharedSecret = KEMS[parameters].decapsulate(ciphertext, secretKey);
    wipe(secretKey);
    return sharedSecret;
  },
};
