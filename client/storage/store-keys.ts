import { utf8 } from '../../shared/protocol/bytes.ts';

/** The two keys that a store works with, made from its root key. None of them can be extracted. */
export interface StoreKeys {
  /** AES-256-GCM, for the records. */
  readonly records: CryptoKey;
  /** HMAC-SHA-256, for the hidden parts of record keys. */
  readonly names: CryptoKey;
}

const ROOT_BYTES = 32;

/** A fresh root key. The caller wipes it after use. */
export function generateRoot(): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(ROOT_BYTES));
}

/** The root key as WebCrypto holds it: good for deriving, not to be extracted. @param root 32 bytes */
export function importRoot(root: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', root, 'HKDF', false, ['deriveKey']);
}

/** HKDF (RFC 5869) with SHA-256, no salt, and the purpose as info. */
export async function deriveStoreKeys(root: CryptoKey): Promise<StoreKeys> {
  const [records, names] = await Promise.all([
    derive(root, 'sotto/store/v1/records', { name: 'AES-GCM', length: 256 }, ['encrypt', 'decrypt']),
    derive(root, 'sotto/store/v1/names', { name: 'HMAC', hash: 'SHA-256', length: 256 }, ['sign']),
  ]);
  return { records, names };
}

function derive(
  root: CryptoKey,
  purpose: string,
  kind: AesDerivedKeyParams | HmacKeyGenParams,
  usages: KeyUsage[],
): Promise<CryptoKey> {
  const hkdf = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: utf8(purpose) };
  return crypto.subtle.deriveKey(hkdf, root, kind, false, usages);
}
