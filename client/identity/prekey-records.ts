// Where this device's private prekeys are kept, and which it has used.

import { bytesToHex } from '@noble/hashes/utils.js';
import * as z from 'zod/mini';
import { bytes, ecKey, kemKey, preKeyId, signature, time } from '../../shared/protocol/fields.ts';
import {
  type KyberPreKeyRecord,
  type PreKeyRecord,
  ProtocolError,
  type SignedPreKeyRecord,
  type UsedPreKeys,
} from '../signal-protocol/index.ts';
import type { RecordKey, RecordReader, RecordWrite } from '../storage/record-store.ts';
import { decodeJson, encodeJson } from './json-record.ts';

const COLLECTION = 'prekeys';
const ANSWERED = 'handshakes';
/** Of one kind: ten pages of the server's, more than any policy keeps. */
const MOST = 10_000;

const ecRecord = z.strictObject({ id: preKeyId, publicKey: ecKey, privateKey: bytes(32) });
const signedRecord = z.extend(ecRecord, { signature, createdAt: time });
const kyberRecord = z.extend(signedRecord, { publicKey: kemKey, privateKey: bytes(64), lastResort: z.boolean() });

type Kind = 'one-time' | 'signed' | 'kyber';
const keyOf = (kind: Kind, id: number): RecordKey => ({ group: kind, order: id });

export async function readPreKey(read: RecordReader, id: number): Promise<PreKeyRecord | undefined> {
  const stored = await read.get(COLLECTION, keyOf('one-time', id));
  return stored && decodeJson(ecRecord, stored);
}

export async function readSignedPreKey(read: RecordReader, id: number): Promise<SignedPreKeyRecord | undefined> {
  const stored = await read.get(COLLECTION, keyOf('signed', id));
  return stored && decodeJson(signedRecord, stored);
}

export async function readKyberPreKey(read: RecordReader, id: number): Promise<KyberPreKeyRecord | undefined> {
  const stored = await read.get(COLLECTION, keyOf('kyber', id));
  return stored && decodeJson(kyberRecord, stored);
}

export async function readSignedPreKeys(read: RecordReader): Promise<SignedPreKeyRecord[]> {
  const stored = await read.range(COLLECTION, { group: 'signed', limit: MOST });
  return stored.map(({ value }) => decodeJson(signedRecord, value));
}

export async function readKyberPreKeys(read: RecordReader): Promise<KyberPreKeyRecord[]> {
  const stored = await read.range(COLLECTION, { group: 'kyber', limit: MOST });
  return stored.map(({ value }) => decodeJson(kyberRecord, value));
}

/** The largest id in use of a kind; 0 when there is none. */
export async function lastPreKeyId(read: RecordReader, kind: Kind): Promise<number> {
  const [last] = await read.range(COLLECTION, { group: kind, reverse: true, limit: 1 });
  return last?.key.order ?? 0;
}

export function putPreKey(record: PreKeyRecord): RecordWrite {
  return { put: COLLECTION, key: keyOf('one-time', record.id), value: encodeJson(ecRecord, record) };
}

export function putSignedPreKey(record: SignedPreKeyRecord): RecordWrite {
  return { put: COLLECTION, key: keyOf('signed', record.id), value: encodeJson(signedRecord, record) };
}

export function putKyberPreKey(record: KyberPreKeyRecord): RecordWrite {
  return { put: COLLECTION, key: keyOf('kyber', record.id), value: encodeJson(kyberRecord, record) };
}

export function deletePreKey(kind: Kind, id: number): RecordWrite {
  return { delete: COLLECTION, key: keyOf(kind, id) };
}

/**
 * The writes by which a handshake uses its prekeys up, as {@link ProtocolStore.commit} wants it.
 *
 * @throws ProtocolError PREKEY_NOT_FOUND, REPLAYED_PREKEY_MESSAGE
 */
export async function usePreKeys(read: RecordReader, used: UsedPreKeys): Promise<RecordWrite[]> {
  const { preKeyId: oneTime, signedPreKeyId, kyberPreKeyId, baseKey } = used;
  const kyber = await readKyberPreKey(read, kyberPreKeyId);
  if (!kyber || (oneTime !== undefined && !(await readPreKey(read, oneTime)))) {
    throw new ProtocolError('PREKEY_NOT_FOUND', 'the prekey was used by another handshake');
  }
  const writes = oneTime === undefined ? [] : [deletePreKey('one-time', oneTime)];
  if (!kyber.lastResort) return [...writes, deletePreKey('kyber', kyberPreKeyId)];
  const key = { group: `${kyberPreKeyId}.${signedPreKeyId}`, name: bytesToHex(baseKey) };
  if (await read.get(ANSWERED, key)) {
    throw new ProtocolError('REPLAYED_PREKEY_MESSAGE', 'the handshake was answered before');
  }
  return [...writes, { put: ANSWERED, key, value: new Uint8Array() }];
}
