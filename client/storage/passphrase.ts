// A passphrase around the root key: Argon2id (RFC 9106) makes a key of it, AES-256-GCM wraps the root with that. Salt and cost go into that
// key, so a wrong passphrase cannot be told from a changed header: both fail to authenticate.

import { argon2idAsync } from '@noble/hashes/argon2.js';
import * as z from 'zod/mini';
import { concat, utf8 } from '../../shared/protocol/bytes.ts';
import { bytes, whole } from '../../shared/protocol/fields.ts';
import { StorageError } from './storage-error.ts';

const NONCE_BYTES = 12;
const SALT_BYTES = 16;
const WRAPPED_BYTES = NONCE_BYTES + 32 + 16;

/** The lower bounds are OWASP's minimum for Argon2id; the upper ones stop a changed header from using up memory and time. */
export const wrappedRoot = z.strictObject({
  memoryKiB: whole(19_456, 1_048_576),
  passes: whole(2, 16),
  lanes: whole(1, 16),
  salt: bytes(SALT_BYTES),
  wrapped: bytes(WRAPPED_BYTES),
});
export type WrappedRoot = z.output<typeof wrappedRoot>;

/** What one guess costs. They stand in the header of a store, so that later versions can raise them. */
export type PassphraseCost = Pick<WrappedRoot, 'memoryKiB' | 'passes' | 'lanes'>;

/** How a store is locked: without a passphrase its key lies in the open. */
export interface StoreLock {
  readonly passphrase?: string;
  /** For the wrapping that is made now; default {@link PASSPHRASE_COST}. Weak devices may take less, down to OWASP's minimum. */
  readonly cost?: PassphraseCost;
}

/** RFC 9106, section 4, second recommendation, with one lane, as JavaScript has no threads to fill four: 0.8 s on a 2020s laptop, more on a phone. */
export const PASSPHRASE_COST: PassphraseCost = { memoryKiB: 65_536, passes: 3, lanes: 1 };

/** @throws StorageError INVALID_ARGUMENT for an empty passphrase or a cost out of bounds */
export async function wrapRoot(
  root: Uint8Array<ArrayBuffer>,
  passphrase: string,
  cost: PassphraseCost = PASSPHRASE_COST,
): Promise<WrappedRoot> {
  if (passphrase === '') throw new StorageError('INVALID_ARGUMENT', 'a passphrase is not empty');
  const bounds = z.pick(wrappedRoot, { memoryKiB: true, passes: true, lanes: true });
  if (!z.safeParse(bounds, cost).success) throw new StorageError('INVALID_ARGUMENT', 'the cost is out of bounds');
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const stretched = { ...cost, salt };
  const key = await stretch(passphrase, stretched);
  const sealed = await crypto.subtle.encrypt(algorithm(nonce), key, root);
  return { ...stretched, wrapped: concat(nonce, new Uint8Array(sealed)) };
}

/** The root key as {@link importRoot} makes it; its bytes never reach JavaScript. @throws StorageError WRONG_PASSPHRASE */
export async function unwrapRoot(header: WrappedRoot, passphrase: string): Promise<CryptoKey> {
  const key = await stretch(passphrase, header);
  const [nonce, sealed] = split(header);
  return crypto.subtle
    .unwrapKey('raw', sealed, key, algorithm(nonce), 'HKDF', false, ['deriveKey'])
    .catch(() => wrongPassphrase());
}

/** The bytes of the root key, to be wrapped or kept in another way. The caller wipes them. @throws StorageError WRONG_PASSPHRASE */
export async function unwrapRootBytes(header: WrappedRoot, passphrase: string): Promise<Uint8Array<ArrayBuffer>> {
  const key = await stretch(passphrase, header);
  const [nonce, sealed] = split(header);
  const root = await crypto.subtle.decrypt(algorithm(nonce), key, sealed).catch(() => wrongPassphrase());
  return new Uint8Array(root);
}

/** NFKC: keyboards and systems spell the same letters in different code points. */
async function stretch(
  passphrase: string,
  { memoryKiB, passes, lanes, salt }: Omit<WrappedRoot, 'wrapped'>,
): Promise<CryptoKey> {
  const cost = { m: memoryKiB, t: passes, p: lanes, dkLen: 32 };
  const stretched = await argon2idAsync(utf8(passphrase.normalize('NFKC')), salt, cost);
  const key = await crypto.subtle.importKey('raw', stretched, 'AES-GCM', false, ['encrypt', 'decrypt', 'unwrapKey']);
  stretched.fill(0);
  return key;
}

const algorithm = (iv: Uint8Array<ArrayBuffer>): AesGcmParams => ({ name: 'AES-GCM', iv });

function split({ wrapped }: WrappedRoot): readonly [nonce: Uint8Array<ArrayBuffer>, sealed: Uint8Array<ArrayBuffer>] {
  return [new Uint8Array(wrapped.subarray(0, NONCE_BYTES)), new Uint8Array(wrapped.subarray(NONCE_BYTES))];
}

function wrongPassphrase(): never {
  throw new StorageError('WRONG_PASSPHRASE', 'the passphrase does not open this store');
}
