// A sealed record: version (1 byte), nonce (12), AES-256-GCM ciphertext and tag. The additional data are the version and the record's
// place, so that a record can neither be moved to another key or collection nor read as another version. Inside stand the hidden parts
// of the key, then the value.

import { concat, fromUtf8, lp } from '../../shared/protocol/bytes.ts';
import type { RecordKey } from './record-store.ts';
import { StorageError } from './storage-error.ts';

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What a place holds, beside the order that the place itself shows. */
export interface RecordContent {
  readonly group: string;
  readonly name: string;
  readonly value: Uint8Array;
}

/** With random nonces a key is good for 2^32 records (NIST SP 800-38D, section 8.3): four a second for thirty years. */
export async function sealRecord(key: CryptoKey, place: string, content: RecordContent): Promise<Uint8Array> {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const plain = concat(lp(content.group), lp(content.name), content.value);
  const sealed = await crypto.subtle.encrypt(algorithm(nonce, place), key, plain);
  return concat(Uint8Array.of(VERSION), nonce, new Uint8Array(sealed));
}

/** @throws StorageError UNKNOWN_VERSION, CORRUPT_RECORD */
export async function openRecord(key: CryptoKey, place: string, sealed: Uint8Array): Promise<RecordContent> {
  if (sealed.length < 1 + NONCE_BYTES + TAG_BYTES) throw corrupt();
  if (sealed[0] !== VERSION) throw new StorageError('UNKNOWN_VERSION', 'a record was written by a later version');
  const nonce = new Uint8Array(sealed.subarray(1, 1 + NONCE_BYTES));
  const body = new Uint8Array(sealed.subarray(1 + NONCE_BYTES));
  const plain = await crypto.subtle.decrypt(algorithm(nonce, place), key, body).catch(() => undefined);
  if (!plain) throw corrupt();
  return parse(new Uint8Array(plain));
}

/** The whole key of what was found at a place. */
export function keyAt(place: string, { group, name }: RecordContent): Required<RecordKey> {
  const [, , order = ''] = place.split('/');
  return { group, order: Number.parseInt(order, 16), name };
}

function parse(plain: Uint8Array): RecordContent {
  const [group, behindGroup] = readText(plain, 0);
  const [name, behindName] = readText(plain, behindGroup);
  return { group, name, value: plain.slice(behindName) };
}

function readText(plain: Uint8Array, offset: number): readonly [text: string, behind: number] {
  if (plain.length < offset + 4) throw corrupt();
  const start = offset + 4;
  const length = new DataView(plain.buffer, plain.byteOffset).getUint32(offset);
  const text = fromUtf8(plain.subarray(start, start + length));
  if (plain.length < start + length || text === undefined) throw corrupt();
  return [text, start + length];
}

function algorithm(iv: Uint8Array<ArrayBuffer>, place: string): AesGcmParams {
  return { name: 'AES-GCM', iv, additionalData: concat(Uint8Array.of(VERSION), lp(place)) };
}

const corrupt = (): StorageError => new StorageError('CORRUPT_RECORD', 'a record is not what was written at its place');
