import { equalBytes } from './bytes.ts';
import { type CryptoProvider, type MlKemProvider, portableProvider } from './provider.ts';
import { type Subtle, subtleMlKem, subtleX25519, subtleXeddsa } from './web-crypto.ts';

let detected: Promise<CryptoProvider> | undefined;

/**
 * The provider for the platform the program runs on. Each of WebCrypto's algorithms is tried once against the portable one,
 * and is used only if both agree. Never throws.
 */
export function detectProvider(): Promise<CryptoProvider> {
  detected ??= detect();
  return detected;
}

async function detect(): Promise<CryptoProvider> {
  const subtle = platformSubtle();
  if (!subtle) return portableProvider;
  const [curve, signature, kem] = [subtleX25519(subtle), subtleXeddsa(subtle), subtleMlKem(subtle)];
  return {
    ...portableProvider,
    ...((await agreesOnCurve(curve)) && curve),
    ...((await verifies(subtle)) && signature),
    ...(kem && (await agreesOnKem(kem)) && kem),
  };
}

function platformSubtle(): Subtle | undefined {
  const crypto: unknown = Reflect.get(globalThis, 'crypto');
  const subtle: unknown = typeof crypto === 'object' && crypto !== null ? Reflect.get(crypto, 'subtle') : undefined;
  return isSubtle(subtle) ? subtle : undefined;
}

function isSubtle(value: unknown): value is Subtle {
  if (typeof value !== 'object' || value === null) return false;
  const methods = ['generateKey', 'exportKey', 'importKey', 'deriveBits', 'verify'];
  return methods.every((name) => typeof Reflect.get(value, name) === 'function');
}

/** Both the generation of keys, whose export differs between platforms, and the agreement. */
function agreesOnCurve(curve: Pick<CryptoProvider, 'generateKeyPair' | 'x25519'>): Promise<boolean> {
  return holds(async () => {
    const [own, peer] = [await curve.generateKeyPair(), portableProvider.generateKeyPair()];
    const { privateKey, publicKey } = await peer;
    const theirs = await portableProvider.x25519(privateKey, own.publicKey);
    return equalBytes(await curve.x25519(own.privateKey, publicKey), theirs);
  });
}

/** Only whether the import works is of interest; the base point is a valid public key everywhere. */
function verifies(subtle: Subtle): Promise<boolean> {
  const basePoint = Uint8Array.of(0x58, ...new Array<number>(31).fill(0x66));
  return holds(async () => Boolean(await subtle.importKey('raw', basePoint, 'Ed25519', false, ['verify'])));
}

/** What one makes and encapsulates, the other must open, for both sizes. */
function agreesOnKem(kem: MlKemProvider): Promise<boolean> {
  return holds(async () => {
    for (const parameters of [768, 1024] as const) {
      const { seed, publicKey } = await kem.mlKemKeyPair(parameters);
      const { ciphertext, sharedSecret } = await kem.mlKemEncapsulate(parameters, publicKey);
      const opened = await portableProvider.mlKemDecapsulate(parameters, seed, ciphertext);
      const reopened = await kem.mlKemDecapsulate(parameters, seed, ciphertext);
      if (!equalBytes(opened, sharedSecret) || !equalBytes(opened, reopened)) return false;
    }
    return true;
  });
}

async function holds(check: () => Promise<boolean>): Promise<boolean> {
  try {
    return await check();
  } catch {
    return false;
  }
}
