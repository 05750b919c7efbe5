import { wipe } from './bytes.ts';
import { type CryptoProvider, type MlKemProvider, xeddsaThrough } from './provider.ts';

/** The part of WebCrypto's `SubtleCrypto` used here; declared because the engine compiles without the DOM. */
export interface Subtle {
  generateKey(algorithm: string, extractable: boolean, usages: readonly string[]): Promise<SubtleKeyPair>;
  exportKey(format: string, key: object): Promise<ArrayBuffer>;
  importKey(
    format: string,
    key: Uint8Array,
    algorithm: string,
    extractable: boolean,
    usages: readonly string[],
  ): Promise<object>;
  deriveBits(algorithm: { name: string; public: object }, key: object, length: number): Promise<ArrayBuffer>;
  verify(algorithm: string, key: object, signature: Uint8Array, data: Uint8Array): Promise<boolean>;
  encapsulateBits?(algorithm: string, key: object): Promise<{ sharedKey: ArrayBuffer; ciphertext: ArrayBuffer }>;
  decapsulateBits?(algorithm: string, key: object, ciphertext: Uint8Array): Promise<ArrayBuffer>;
}

export interface SubtleKeyPair {
  readonly privateKey: object;
  readonly publicKey: object;
}

/** RFC 8410: the DER header of an X25519 private key, followed by its 32 bytes. WebCrypto imports no shorter form. */
const PKCS8_PREFIX = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 0x22, 4, 0x20);

/** X25519 by WebCrypto. */
export function subtleX25519(subtle: Subtle): Pick<CryptoProvider, 'generateKeyPair' | 'x25519'> {
  return {
    async generateKeyPair() {
      const pair = await subtle.generateKey('X25519', true, ['deriveBits']);
      const [der, publicKey] = await Promise.all([
        subtle.exportKey('pkcs8', pair.privateKey),
        subtle.exportKey('raw', pair.publicKey),
      ]);
      return { privateKey: new Uint8Array(der).slice(-32), publicKey: new Uint8Array(publicKey) };
    },
    async x25519(privateKey, publicKey) {
      const der = new Uint8Array(PKCS8_PREFIX.length + privateKey.length);
      der.set(PKCS8_PREFIX);
      der.set(privateKey, PKCS8_PREFIX.length);
      const [own, peer] = await Promise.all([
        subtle.importKey('pkcs8', der, 'X25519', false, ['deriveBits']),
        subtle.importKey('raw', publicKey, 'X25519', false, []),
      ]);
      wipe(der);
      return new Uint8Array(await subtle.deriveBits({ name: 'X25519', public: peer }, own, 256));
    },
  };
}

/** XEdDSA through WebCrypto's Ed25519. */
export function subtleXeddsa(subtle: Subtle): Pick<CryptoProvider, 'xeddsaVerify'> {
  return {
    xeddsaVerify: xeddsaThrough(async (publicKey, message, signature) => {
      const key = await subtle.importKey('raw', publicKey, 'Ed25519', false, ['verify']);
      return subtle.verify('Ed25519', key, signature, message);
    }),
  };
}

/** ML-KEM by WebCrypto, which few platforms have yet: undefined elsewhere. */
export function subtleMlKem(subtle: Subtle): MlKemProvider | undefined {
  const encapsulate = subtle.encapsulateBits?.bind(subtle);
  const decapsulate = subtle.decapsulateBits?.bind(subtle);
  if (!encapsulate || !decapsulate) return undefined;
  return {
    async mlKemKeyPair(parameters) {
      const pair = await subtle.generateKey(`ML-KEM-${parameters}`, true, ['encapsulateBits', 'decapsulateBits']);
      const [seed, publicKey] = await Promise.all([
        subtle.exportKey('raw-seed', pair.privateKey),
        subtle.exportKey('raw-public', pair.publicKey),
      ]);
      return { seed: new Uint8Array(seed), publicKey: new Uint8Array(publicKey) };
    },
    async mlKemEncapsulate(parameters, publicKey) {
      const name = `ML-KEM-${parameters}`;
      const key = await subtle.importKey('raw-public', publicKey, name, false, ['encapsulateBits']);
      const { sharedKey, ciphertext } = await encapsulate(name, key);
      return { ciphertext: new Uint8Array(ciphertext), sharedSecret: new Uint8Array(sharedKey) };
    },
    async mlKemDecapsulate(parameters, seed, ciphertext) {
      const name = `ML-KEM-${parameters}`;
      const key = await subtle.importKey('raw-seed', seed, name, false, ['decapsulateBits']);
      return new Uint8Array(await decapsulate(name, key, ciphertext));
    },
  };
}
