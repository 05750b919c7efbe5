// The rules by which one list may follow another, and by which a first list may stand. Each has the name by which it refuses.

import { sha256 } from '@noble/hashes/sha2.js';
import { constantTimeEqual as same } from '../protocol/bytes.ts';
import { accountCommitment, accountIdOf } from './account-id.ts';
import type { Device, DeviceList } from './device-list.ts';
import type { Authority, PinnedAccount } from './pinned-account.ts';
import { hasSeen, KEYS_EVER_SEEN, seenCount } from './seen-keys.ts';
import { sameDevice, signedBy, type VerifiedList } from './signed-device-list.ts';

/** How the account key came to be what it is. */
export type AccountKeyChange = 'kept' | 'rotated' | 'recovered';

export type RuleName =
  | 'sequence'
  | 'commitment'
  | 'previous'
  | 'recovery-hash'
  | 'signer'
  | 'generation'
  | 'time'
  | 'device-added'
  | 'device-changed'
  | 'device-id'
  | 'key-reused'
  | 'too-many-keys';

type Rules<Before extends readonly unknown[]> = readonly (readonly [
  RuleName,
  (next: VerifiedList, ...before: Before) => boolean,
])[];

const NO_DEVICES: readonly Device[] = [];
const NO_BYTES = new Uint8Array();

/** A first list, in the order in which the rules are applied. */
export const FIRST_RULES: Rules<[]> = [
  ['sequence', ({ content }) => content.sequence === 1],
  ['commitment', ({ content }) => accountIdOf(commitmentOf(content)) === content.account],
  ['signer', ({ list, content }) => list.signatures.every(({ by }) => same(by, content.accountKey))],
  ['generation', ({ content }) => content.generation === 1],
  ['device-id', ({ content }) => takesLowestIds(content.devices, NO_DEVICES)],
  ['key-reused', (next) => areNew(newKeys(next, null), NO_BYTES)],
];

/** A list with the sequence after the pinned one, in the order in which the rules are applied. */
export const SUCCESSOR_RULES: Rules<[before: PinnedAccount, keyChange: AccountKeyChange]> = [
  ['previous', ({ content }, { hash }) => content.previous !== null && same(content.previous, hash)],
  ['recovery-hash', (next, { content }, keyChange) => mayHaveRecoveryHash(next, content, keyChange)],
  ['signer', (next, { content }) => next.list.signatures.every(({ by }) => hasPart(by, next, content))],
  [
    'generation',
    ({ content }, before, keyChange) =>
      content.generation === before.content.generation + (keyChange === 'kept' ? 0 : 1),
  ],
  ['time', ({ content }, before) => content.time >= before.content.time],
  ['device-added', ({ content }, before) => keptDevices(content).every((device) => wasThere(device, before.content))],
  [
    'device-changed',
    ({ content }, before) =>
      keptDevices(content).every((device) => before.content.devices.some((other) => sameDevice(device, other))),
  ],
  ['device-id', ({ content }, before) => takesLowestIds(newDevices(content), before.content.devices)],
  ['key-reused', (next, before) => areNew(newKeys(next, before), before.history.seen)],
  ['too-many-keys', (next, before) => seenCount(before.history.seen) + newKeys(next, before).length <= KEYS_EVER_SEEN],
];

/** The commitment of a first list; meaningless for any other. */
export function commitmentOf(content: DeviceList): Uint8Array {
  return accountCommitment({ ...content, salt: content.salt ?? NO_BYTES });
}

/** What a list does to the account key under an authority; undefined when it had no right to. */
export function accountKeyChange(next: VerifiedList, authority: Authority): AccountKeyChange | undefined {
  if (same(next.content.accountKey, authority.accountKey)) return 'kept';
  if (signedBy(next.list, authority.accountKey)) return 'rotated';
  return signedByRecoveryKey(next, authority) ? 'recovered' : undefined;
}

/** The keys that a list brings in: the account key if it is new, and both keys of each new device. */
export function newKeys({ content }: VerifiedList, before: PinnedAccount | null): readonly Uint8Array[] {
  const accountKeyStays = before !== null && same(content.accountKey, before.content.accountKey);
  const added = newDevices(content);
  return [
    ...(accountKeyStays ? [] : [content.accountKey]),
    ...added.flatMap(({ identityKey, connectKey }) => [identityKey, connectKey]),
  ];
}

/** Only the old recovery key changes the recovery hash; and a recovery key that took the account over is spent. */
function mayHaveRecoveryHash(next: VerifiedList, before: DeviceList, keyChange: AccountKeyChange): boolean {
  if (same(next.content.recoveryHash, before.recoveryHash)) return keyChange !== 'recovered';
  return signedByRecoveryKey(next, before);
}

function signedByRecoveryKey({ list }: VerifiedList, { recoveryHash }: Authority): boolean {
  return list.signatures.some(({ by }) => same(sha256(by), recoveryHash));
}

/** The only keys with a part in a list: its own account key, the one before it, the recovery key before it. */
function hasPart(by: Uint8Array, next: VerifiedList, before: DeviceList): boolean {
  return same(by, next.content.accountKey) || same(by, before.accountKey) || same(sha256(by), before.recoveryHash);
}

function newDevices({ devices, sequence }: DeviceList): readonly Device[] {
  return devices.filter(({ added }) => added === sequence);
}

function keptDevices({ devices, sequence }: DeviceList): readonly Device[] {
  return devices.filter(({ added }) => added !== sequence);
}

function wasThere({ id, added }: Device, before: DeviceList): boolean {
  return before.devices.some((other) => other.id === id && other.added === added);
}

/** New devices take the lowest ids that the list before did not use, so that no id is chosen for a meaning or taken over at once. */
function takesLowestIds(added: readonly Device[], before: readonly Device[]): boolean {
  const free: number[] = [];
  const taken = new Set(before.map(({ id }) => id));
  for (let id = 1; free.length < added.length; id++) if (!taken.has(id)) free.push(id);
  return added.every(({ id }, i) => id === free[i]);
}

function areNew(keys: readonly Uint8Array[], seen: Uint8Array): boolean {
  return new Set(keys.map((key) => key.join())).size === keys.length && !keys.some((key) => hasSeen(seen, key));
}
