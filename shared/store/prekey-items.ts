import { EC_PREKEYS_PER_FRAME } from '../protocol/limits.ts';
import type { PreKey, SignedKemPreKey, SignedPreKey } from '../protocol/prekeys.ts';
import { type Installation, installationKey } from './installation.ts';
import { B, bytes, type Item, L, list, M, MalformedItemError, map, N, number, numberIn, S } from './items.ts';

/** One-time keys come in two kinds, each with pages and a cursor of its own. */
export type Kind = 'ec' | 'kem';

/** Sort keys of a device's partition. Numbers are padded so that text order is numeric order. */
export const PART = {
  signed: 'signed',
  lastResort: 'last-resort',
  cursor: (kind: Kind) => `cursor#${kind}`,
  /** The beginning of every sort key of a page. */
  page: (kind: Kind, page: number) => `${kind}#${String(page).padStart(16, '0')}`,
  /** EC keys lie a hundred to an item, named by the index of the first; each Kyber key in one of its own. */
  keys: (kind: Kind, page: number, index: number) => `${PART.page(kind, page)}#${String(index).padStart(5, '0')}`,
} as const;

export function partKey(device: Installation, part: string): Item {
  return { device: S(installationKey(device)), part: S(part) };
}

/** Index of the first key of the item in which an EC key lies. */
export function ecFrameOf(index: number): number {
  return index - (index % EC_PREKEYS_PER_FRAME);
}

export function ecFrameItem(device: Installation, page: number, from: number, keys: readonly PreKey[]): Item {
  const entries = keys.map(({ id, key }) => M({ id: N(id), key: B(key) }));
  return { ...partKey(device, PART.keys('ec', page, from)), keys: L(entries) };
}

/** One EC key of a frame's item; undefined when the frame is shorter. */
export function readEcKey(item: Item, index: number): PreKey | undefined {
  const entry = list(item, 'keys')[index % EC_PREKEYS_PER_FRAME];
  return entry && { id: number(map(entry), 'id'), key: bytes(map(entry), 'key') };
}

export function signedItem(device: Installation, part: string, key: SignedPreKey | SignedKemPreKey): Item {
  return { ...partKey(device, part), id: N(key.id), key: B(key.key), signature: B(key.signature) };
}

/** A key with a signature: `signed`, `last-resort`, or a one-time Kyber key. */
export function readSigned(item: Item): SignedPreKey & SignedKemPreKey {
  return { id: number(item, 'id'), key: bytes(item, 'key'), signature: bytes(item, 'signature') };
}

/** Which page is handed out, and how far. */
export interface Cursor {
  /** 0 when nothing was published. */
  readonly page: number;
  readonly count: number;
  /** Keys handed out; grows past `count` while the page is exhausted. */
  readonly next: number;
}

/** @throws MalformedItemError */
export function readCursor(item: Item | undefined): Cursor {
  if (item === undefined) return { page: 0, count: 0, next: 0 };
  const cursor = { page: numberIn(item, 'page'), count: numberIn(item, 'count'), next: numberIn(item, 'next') };
  const { page, count, next } = cursor;
  if (page === undefined || count === undefined || next === undefined) throw new MalformedItemError('cursor');
  return { page, count, next };
}

export function left({ count, next }: Cursor): number {
  return Math.max(0, count - next);
}
