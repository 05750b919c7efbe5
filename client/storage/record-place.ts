// A record's place in the backend, as text: collection / hash of the group / order / hash of the name. The hashes are keyed, so that a
// dump without the key shows no identities; the order stays readable, because the backend sorts by it.

import { base64UrlEncode } from '../../shared/protocol/base64url.ts';
import { concat, lp, utf8 } from '../../shared/protocol/bytes.ts';
import type { BackendRange } from './backend.ts';
import type { RangeOptions, RecordKey } from './record-store.ts';
import { StorageError } from './storage-error.ts';

const COLLECTION = /^[a-z][a-z-]{0,31}$/;
/** Hexadecimal digits of 2^53 - 1. */
const ORDER_DIGITS = 14;
/** 128 bits: the hashes only have to differ by chance, they authenticate nothing. */
const HASH_BYTES = 16;
const MAX_LIMIT = 10_000;

/** The key with its defaults filled in. @throws StorageError INVALID_ARGUMENT */
export function completeKey({ group, order = 0, name = '' }: RecordKey): Required<RecordKey> {
  if (!isOrder(order)) throw invalid('an order is a whole number from 0 to 2^53 - 1');
  // UTF-8 has no form for half a surrogate pair: two such texts would be one key.
  if (!group.isWellFormed() || !name.isWellFormed()) throw invalid('a key is well-formed text');
  return { group, order, name };
}

/** @throws StorageError INVALID_ARGUMENT */
export async function placeOf(names: CryptoKey, collection: string, key: RecordKey): Promise<string> {
  const { group, order, name } = completeKey(key);
  const start = await groupStart(names, collection, group);
  return `${start}${orderText(order)}/${await hidden(names, start, name)}`;
}

/** The part of the backend that a range covers. @throws StorageError INVALID_ARGUMENT */
export async function placesOf(names: CryptoKey, collection: string, options: RangeOptions): Promise<BackendRange> {
  const { group, from, to, after, reverse = false, limit } = options;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) throw invalid('a limit is from 1 to 10,000');
  if (group === undefined && (from ?? to) !== undefined) throw invalid('an order means something only within a group');
  if (![from ?? 0, to ?? 0].every(isOrder)) throw invalid('an order is a whole number from 0 to 2^53 - 1');
  const start = group === undefined ? collectionStart(collection) : await groupStart(names, collection, group);
  let first = from === undefined ? start : start + orderText(from);
  let end = to === undefined ? behind(start) : start + orderText(to);
  if (after) {
    const place = await placeOf(names, collection, after);
    if (reverse) end = earlier(end, place);
    else first = later(first, `${place}!`);
  }
  return { from: first, to: later(first, end), reverse, limit };
}

function collectionStart(collection: string): string {
  if (!COLLECTION.test(collection)) throw invalid('a collection is named with a to z and hyphens');
  return `${collection}/`;
}

async function groupStart(names: CryptoKey, collection: string, group: string): Promise<string> {
  const start = collectionStart(collection);
  return `${start}${await hidden(names, start, group)}/`;
}

/** The hash covers what stands before it: the same text has another hash in every collection and group. */
async function hidden(names: CryptoKey, before: string, text: string): Promise<string> {
  const mac = await crypto.subtle.sign('HMAC', names, concat(lp(before), utf8(text)));
  return base64UrlEncode(new Uint8Array(mac, 0, HASH_BYTES));
}

const orderText = (order: number): string => order.toString(16).padStart(ORDER_DIGITS, '0');
const isOrder = (order: number): boolean => Number.isSafeInteger(order) && order >= 0;
/** '0' follows '/': the first text behind all that begin with `start`. */
const behind = (start: string): string => `${start.slice(0, -1)}0`;
const later = (a: string, b: string): string => (a > b ? a : b);
const earlier = (a: string, b: string): string => (a < b ? a : b);
const invalid = (message: string): StorageError => new StorageError('INVALID_ARGUMENT', message);
