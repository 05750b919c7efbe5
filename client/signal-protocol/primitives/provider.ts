import { x25519 } from '@noble/curves/ed25519.js';
import { xeddsaAsEd25519, xeddsaVerify } from '../../../shared/trust/xeddsa.ts';

/**
 * The curve operations that a platform does many times faster than JavaScript. Either answer form is fine: Node's native
 * functions answer at once, WebCrypto answers later.
 */
export interface CryptoProvider {
  /**
   * X25519 (RFC 7748 section 5) of a 32-byte private key and a 32-byte u-coordinate. Checks nothing: the engine refuses
   * non-canonical inputs before the call and an all-zero result after it, and takes an exception for a low-order point.
   */
  x25519(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array | Promise<Uint8Array>;

  /** XEdDSA section 3.3 over a 32-byte u-coordinate, exactly as strict as `xeddsaVerify` of shared/trust. */
  xeddsaVerify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean | Promise<boolean>;
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
  x25519: (privateKey, publicKey) => x25519.getSharedSecret(privateKey, publicKey),
  xeddsaVerify,
};
