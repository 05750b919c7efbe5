import { type CryptoProvider, portableProvider, xeddsaThrough } from './provider.ts';

/** The part of the WebCrypto `SubtleCrypto` interface used here; declared because the engine compiles without the DOM. */
export interface SubtleCurves {
  importKey(
    format: string,
    key: Uint8Array,
    algorithm: string,
    extractable: boolean,
    usages: readonly string[],
  ): Promise<object>;
  deriveBits(algorithm: { name: string; public: object }, key: object, length: number): Promise<ArrayBuffer>;
  verify(algorithm: string, key: object, signature: Uint8Array, data: Uint8Array): Promise<boolean>;
}

/** RFC 8410: the DER header of an X25519 private key, followed by its 32 bytes. WebCrypto imports no shorter form. */
const PKCS8_PREFIX = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 0x22, 4, 0x20);

/**
 * The provider for the platform the program runs on: WebCrypto's X25519 and Ed25519 where they exist (decided once, by
 * trying them), otherwise the portable one. Never throws.
 */
export async function detectProvider(): Promise<CryptoProvider> {
  const subtle = platformSubtle();
  if (!subtle) return portableProvider;
  const native = webCryptoProvider(subtle);
  return {
    x25519: (await agrees(native)) ? native.x25519 : portableProvider.x25519,
    xeddsaVerify: (await verifies(subtle)) ? native.xeddsaVerify : portableProvider.xeddsaVerify,
  };
}

/** X25519 and Ed25519 by WebCrypto. Fails on a platform that lacks them: see {@link detectProvider}. */
export function webCryptoProvider(subtle: SubtleCurves): CryptoProvider {
  return {
    async x25519(privateKey, publicKey) {
      const der = new Uint8Array(PKCS8_PREFIX.length + privateKey.length);
      der.set(PKCS8_PREFIX);
      der.set(privateKey, PKCS8_PREFIX.length);
      const [own, peer] = await Promise.all([
        subtle.importKey('pkcs8', der, 'X25519', false, ['deriveBits']),
        subtle.importKey('raw', publicKey, 'X25519', false, []),
      ]);
      der.fill(0);
      return new Uint8Array(await subtle.deriveBits({ name: 'X25519', public: peer }, own, 256));
    },
    xeddsaVerify: xeddsaThrough(async (publicKey, message, signature) => {
      const key = await subtle.importKey('raw', publicKey, 'Ed25519', false, ['verify']);
      return subtle.verify('Ed25519', key, signature, message);
    }),
  };
}

function platformSubtle(): SubtleCurves | undefined {
  const crypto: unknown = Reflect.get(globalThis, 'crypto');
  const subtle: unknown = typeof crypto === 'object' && crypto !== null ? Reflect.get(crypto, 'subtle') : undefined;
  return isSubtle(subtle) ? subtle : undefined;
}

function isSubtle(value: unknown): value is SubtleCurves {
  if (typeof value !== 'object' || value === null) return false;
  return ['importKey', 'deriveBits', 'verify'].every((name) => typeof Reflect.get(value, name) === 'function');
}

async function agrees(native: CryptoProvider): Promise<boolean> {
  const privateKey = new Uint8Array(32).fill(0x42);
  const basePoint = Uint8Array.of(9, ...new Array<number>(31).fill(0));
  try {
    const [mine, theirs] = [
      await native.x25519(privateKey, basePoint),
      await portableProvider.x25519(privateKey, basePoint),
    ];
    return mine.every((byte, i) => byte === theirs[i]);
  } catch {
    return false;
  }
}

async function verifies(subtle: SubtleCurves): Promise<boolean> {
  // The Ed25519 base point is a valid public key everywhere; only whether the import works is of interest.
  const key = Uint8Array.of(0x58, ...new Array<number>(31).fill(0x66));
  return subtle.importKey('raw', key, 'Ed25519', false, ['verify']).then(
    () => true,
    () => false,
  );
}
