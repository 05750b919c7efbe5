import * as z from 'zod/mini';
import { type SignedDeviceList, signedDeviceList } from '../protocol/account.ts';
import { B, bytes, type Item, MalformedItemError, N, number, S, text } from './items.ts';

/** A list as it was accepted, with what acceptance needs of all the lists before it. Never changed once written. */
export interface StoredList {
  readonly account: string;
  readonly sequence: number;
  readonly hash: Uint8Array;
  readonly list: SignedDeviceList;
  /** As `encodeHistory` of shared/trust writes it. */
  readonly history: Uint8Array;
}

const signatures = signedDeviceList.shape.signatures;

/** Sort key of a list: eight digits, so that text order is numeric order. */
export function listEntry(sequence: number): string {
  return `list#${String(sequence).padStart(8, '0')}`;
}

export function listItem({ account, sequence, hash, list, history }: StoredList): Item {
  return {
    account: S(account),
    entry: S(listEntry(sequence)),
    sequence: N(sequence),
    hash: B(hash),
    payload: B(list.payload),
    signatures: S(JSON.stringify(z.encode(signatures, list.signatures))),
    history: B(history),
  };
}

/** @throws MalformedItemError */
export function readList(item: Item): StoredList {
  const signed = z.safeDecode(signatures, JSON.parse(text(item, 'signatures')));
  if (!signed.success) throw new MalformedItemError('attribute signatures');
  return {
    account: text(item, 'account'),
    sequence: number(item, 'sequence'),
    hash: bytes(item, 'hash'),
    list: { payload: bytes(item, 'payload'), signatures: signed.data },
    history: bytes(item, 'history'),
  };
}
