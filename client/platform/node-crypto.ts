// Node's own curves and ML-KEM, which answer at once and are several times faster than WebCrypto for single operations.

import crypto, { type KeyObject } from 'node:crypto';
import {
  type CryptoProvider,
  type MlKemParameters,
  type MlKemProvider,
  portableProvider,
  xeddsaThrough,
} from '../signal-protocol/index.ts';

/** RFC 8410: the DER headers that precede the 32 bytes of a key. */
const X25519_PRIVATE = Buffer.from('302e020100300506032b656e04220420', 'hex');
const X25519_PUBLIC = Buffer.from('302a300506032b656e032100', 'hex');
const ED25519_PUBLIC = Buffer.from('302a300506032b6570032100', 'hex');

/**
 * Importing a key costs as much as using it, and a handshake uses the same keys several times. Weak, so that a key object
 * lives no longer than the bytes it was made from. The engine never changes the bytes of a key, except to wipe them last.
 */
const privateKeys = new WeakMap<Uint8Array, KeyObject>();
const publicKeys = new WeakMap<Uint8Array, KeyObject>();

function importOnce(known: WeakMap<Uint8Array, KeyObject>, bytes: Uint8Array, load: () => KeyObject): KeyObject {
  const key = known.get(bytes) ?? load();
  known.set(bytes, key);
  return key;
}

const curves: Pick<CryptoProvider, 'generateKeyPair' | 'x25519' | 'xeddsaVerify'> = {
  generateKeyPair() {
    const pair = crypto.generateKeyPairSync('x25519');
    const { d = '', x = '' } = pair.privateKey.export({ format: 'jwk' });
    const privateKey = plain(Buffer.from(d, 'base64url'));
    privateKeys.set(privateKey, pair.privateKey);
    return { privateKey, publicKey: plain(Buffer.from(x, 'base64url')) };
  },
  x25519(privateKey, publicKey) {
    const secret = crypto.diffieHellman({
      privateKey: importOnce(privateKeys, privateKey, () => pkcs8(X25519_PRIVATE, privateKey)),
      publicKey: importOnce(publicKeys, publicKey, () => spki(X25519_PUBLIC, publicKey)),
    });
    return plain(secret);
  },
  xeddsaVerify: xeddsaThrough((publicKey, message, signature) =>
    crypto.verify(null, message, spki(ED25519_PUBLIC, publicKey), signature),
  ),
};

const mlKem: MlKemProvider = {
  mlKemKeyPair(parameters) {
    const pair = kemKeyPair(parameters);
    return {
      seed: plain(pair.privateKey.export({ format: 'raw-seed' })),
      publicKey: plain(pair.publicKey.export({ format: 'raw-public' })),
    };
  },
  mlKemEncapsulate(parameters, publicKey) {
    const asymmetricKeyType = `ml-kem-${parameters}` as const;
    const key = crypto.createPublicKey({ key: Buffer.from(publicKey), format: 'raw-public', asymmetricKeyType });
    const { sharedKey, ciphertext } = crypto.encapsulate(key);
    return { sharedSecret: plain(sharedKey), ciphertext: plain(ciphertext) };
  },
  mlKemDecapsulate(parameters, seed, ciphertext) {
    const asymmetricKeyType = `ml-kem-${parameters}` as const;
    const key = crypto.createPrivateKey({ key: Buffer.from(seed), format: 'raw-seed', asymmetricKeyType });
    return plain(crypto.decapsulate(key, ciphertext));
  },
};

/** Two calls, because each size has a signature of its own. */
function kemKeyPair(parameters: MlKemParameters) {
  return parameters === 768 ? crypto.generateKeyPairSync('ml-kem-768') : crypto.generateKeyPairSync('ml-kem-1024');
}

/** Pass this to `SignalProtocol` in Node. ML-KEM is native from Node 24 on, portable before. */
export const nodeProvider: CryptoProvider = {
  ...portableProvider,
  ...curves,
  ...(typeof crypto.encapsulate === 'function' && mlKem),
};

function pkcs8(header: Buffer, privateKey: Uint8Array): KeyObject {
  return crypto.createPrivateKey({ key: Buffer.concat([header, privateKey]), format: 'der', type: 'pkcs8' });
}

function spki(header: Buffer, publicKey: Uint8Array): KeyObject {
  return crypto.createPublicKey({ key: Buffer.concat([header, publicKey]), format: 'der', type: 'spki' });
}

/** A copy that is not a Buffer: Buffers share pools, and their slices share bytes where those of other arrays do not. */
function plain(bytes: Buffer): Uint8Array {
  return Uint8Array.from(bytes);
}
