import { x25519 } from '@noble/curves/ed25519.js';
import { randomBytes } from '@noble/hashes/utils.js';
import { ml_kem1024 } from '@noble/post-quantum/ml-kem.js';
import { xeddsaAsEd25519, xeddsaVerify } from '../../../shared/trust/xeddsa.ts';
import { wipe } from './bytes.ts';

/** A Curve25519 key pair: 32-byte clamped private key, 32-byte u-coordinate. */
export interface KeyPair {
  readonly privateKey: Uint8Array;
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

  /** ML-KEM.Encaps (FIPS 203 section 7.2) for a 1,568-byte ML-KEM-1024 key. Throws if the key fails the modulus check. */
  mlKem1024Encapsulate(publicKey: Uint8Array): Encapsulated | Promise<Encapsulated>;

  /** ML-KEM.Decaps (FIPS 203 section 7.3) of a 1,568-byte ciphertext with the key made from a 64-byte seed (d || z). */
  mlKem1024Decapsulate(seed: Uint8Array, ciphertext: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

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
  mlKem1024Encapsulate: (publicKey) => {
    const { cipherText, sharedSecret } = ml_kem1024.encapsulate(publicKey);
    return { ciphertext: cipherText, sharedSecret };
  },
  mlKem1024Decapsulate: (seed, ciphertext) => {
    const { secretKey } = ml_kem1024.keygen(seed);
    const sharedSecret = ml_kem1024.decapsulate(ciphertext, secretKey);
    wipe(secretKey);
    return sharedSecret;
  },
};
