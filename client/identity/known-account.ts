// What this device remembers of an account, its own included: the pinned list, how fresh it is known to be, and what a person has said.

import * as z from 'zod/mini';
import { signedDeviceList } from '../../shared/protocol/account.ts';
import { concat, constantTimeEqual } from '../../shared/protocol/bytes.ts';
import { bytes, contactToken, time, whole } from '../../shared/protocol/fields.ts';
import { DEVICES } from '../../shared/protocol/limits.ts';
import type { Device } from '../../shared/trust/device-list.ts';
import { decodePinnedAccount, encodeHistory, type PinnedAccount } from '../../shared/trust/pinned-account.ts';
import { decodeJson, encodeJson } from './json-record.ts';
import { selectedDevice } from './views.ts';

const HASH_BYTES = 32;
/** Hashes of the last lists, to hold claims about them against. Whoever is further behind is told the current list anyway. */
const HASHES_KEPT = 64;
/** Commitment, account key, recovery hash and the tags of 4,096 keys. */
const HISTORY_BYTES = 96 + 8 * 4_096;

const schema = z.strictObject({
  list: signedDeviceList,
  history: bytes(96, HISTORY_BYTES),
  /** Of the pinned list and of those before it, the oldest first. */
  hashes: bytes(HASH_BYTES, HASH_BYTES * HASHES_KEPT),
  stated: z.nullable(time),
  named: whole(0, 99_999_999),
  acknowledgedKey: bytes(32),
  verifiedKey: z.nullable(bytes(32)),
  alarm: z.nullable(z.enum(['account-key', 'fork'])),
  token: z.nullable(contactToken),
  heard: z.array(selectedDevice).check(z.maxLength(DEVICES)),
});
type Stored = z.output<typeof schema>;

export interface KnownAccount extends Omit<Stored, 'list' | 'history'> {
  readonly pinned: PinnedAccount;
  /** Time of the latest statement of freshness that holds for the pinned list. */
  readonly stated: number | null;
  /** The highest sequence that a device of the account has named as its own; above the pinned one, a list is being withheld. */
  readonly named: number;
  /** The account key that a person has seen: the first one, or one whose change was acknowledged. */
  readonly acknowledgedKey: Uint8Array;
  /** The account key that was there when the safety numbers were compared. */
  readonly verifiedKey: Uint8Array | null;
  /** Proof of an attack that nobody has answered yet. */
  readonly alarm: 'account-key' | 'fork' | null;
  /** Lets this device ask for the account's lists and keys; the own account needs none. */
  readonly token: Uint8Array | null;
  /** The devices that a message has arrived from: until then a device is told who is writing. */
  readonly heard: Stored['heard'];
}

type DeviceName = Pick<Device, 'id' | 'added'>;
const isSame = (a: DeviceName, b: DeviceName): boolean => a.id === b.id && a.added === b.added;

export function newlyKnown(pinned: PinnedAccount, token: Uint8Array | null): KnownAccount {
  const { accountKey } = pinned.content;
  const nothingYet = { stated: null, named: 0, verifiedKey: null, alarm: null, heard: [] };
  return { pinned, hashes: Uint8Array.from(pinned.hash), acknowledgedKey: accountKey, token, ...nothingYet };
}

/** The account after lists were accepted; `hashes` are theirs, in order. Statements were about the list before. */
export function advanced(known: KnownAccount, pinned: PinnedAccount, hashes: readonly Uint8Array[]): KnownAccount {
  if (hashes.length === 0) return known;
  const all = concat(known.hashes, ...hashes);
  const heard = known.heard.filter((one) => pinned.content.devices.some((device) => isSame(one, device)));
  return { ...known, pinned, heard, stated: null, hashes: all.slice(-HASH_BYTES * HASHES_KEPT) };
}

/** The hash of an accepted list; undefined when it is not remembered, or is none that was accepted. */
export function hashAt({ pinned, hashes }: KnownAccount, sequence: number): Uint8Array | undefined {
  const end = hashes.length - (pinned.content.sequence - sequence) * HASH_BYTES;
  if (end > hashes.length || end < HASH_BYTES) return undefined;
  return hashes.slice(end - HASH_BYTES, end);
}

export function deviceOf({ pinned }: KnownAccount, id: number): Device | undefined {
  return pinned.content.devices.find((device) => device.id === id);
}

export function isHeard({ heard }: KnownAccount, device: DeviceName): boolean {
  return heard.some((one) => isSame(one, device));
}

export function withHeard(known: KnownAccount, id: number): KnownAccount {
  const device = deviceOf(known, id);
  if (!device || isHeard(known, device)) return known;
  return { ...known, heard: [...known.heard, { id, added: device.added }] };
}

export function hasUnseenKey({ pinned, acknowledgedKey }: KnownAccount): boolean {
  return !constantTimeEqual(pinned.content.accountKey, acknowledgedKey);
}

export function encodeKnownAccount({ pinned, ...rest }: KnownAccount): Uint8Array {
  return encodeJson(schema, { ...rest, list: pinned.list, history: encodeHistory(pinned.history) });
}

/** @throws when the bytes are none that {@link encodeKnownAccount} wrote */
export function decodeKnownAccount(value: Uint8Array): KnownAccount {
  const { list, history, ...rest } = decodeJson(schema, value);
  return { ...rest, pinned: decodePinnedAccount(list, history) };
}
