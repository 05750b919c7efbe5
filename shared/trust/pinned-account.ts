// What client and server remember of an account: the last list they accepted, whole, and what the lists before it leave behind.

import type { SignedDeviceList } from '../protocol/account.ts';
import { concat } from '../protocol/bytes.ts';
import { decodeDeviceList } from './device-list.ts';
import { isSeenKeys } from './seen-keys.ts';
import { deviceListHash, type VerifiedList } from './signed-device-list.ts';

const PART_BYTES = 32;
const FIXED_BYTES = 3 * PART_BYTES;

/** The keys that may sign the next list. */
export interface Authority {
  readonly accountKey: Uint8Array;
  readonly recoveryHash: Uint8Array;
}

export interface History {
  /** All 32 bytes of which the account id is the beginning. */
  readonly commitment: Uint8Array;
  /** Who could sign the pinned sequence: needed to tell a fork by the account from a forgery by somebody else. */
  readonly authority: Authority;
  /** Every key there ever was; see seen-keys.ts. */
  readonly seen: Uint8Array;
}

export interface PinnedAccount extends VerifiedList {
  readonly history: History;
}

/** The history as bytes, for storage beside the signed list: commitment, account key, recovery hash, tags of keys. */
export function encodeHistory({ commitment, authority, seen }: History): Uint8Array {
  return concat(commitment, authority.accountKey, authority.recoveryHash, seen);
}

/**
 * The pinned account of a list and a history that were stored after {@link accept} returned them. Storage is trusted: signatures are
 * not verified again.
 *
 * @throws RangeError when the bytes are none that were stored
 */
export function decodePinnedAccount(list: SignedDeviceList, history: Uint8Array): PinnedAccount {
  const content = decodeDeviceList(list.payload);
  const seen = history.slice(FIXED_BYTES);
  if (!content || history.length < FIXED_BYTES || !isSeenKeys(seen)) throw new RangeError('not a pinned account');
  const part = (index: number) => history.slice(index * PART_BYTES, (index + 1) * PART_BYTES);
  const authority = { accountKey: part(1), recoveryHash: part(2) };
  return { list, hash: deviceListHash(list), content, history: { commitment: part(0), authority, seen } };
}
