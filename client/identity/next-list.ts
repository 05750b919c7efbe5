// The lists that may follow a pinned one, before they are signed.

import type { Device, DeviceList } from '../../shared/trust/device-list.ts';
import { ed25519PublicKey } from '../../shared/trust/ed25519.ts';
import type { PinnedAccount } from '../../shared/trust/pinned-account.ts';
import type { RecoveryKey } from './recovery-phrase.ts';

/** A list to be signed, and by whom: Ed25519 seeds, the one of its account key first. */
export interface Draft {
  readonly content: DeviceList;
  readonly secrets: readonly [Uint8Array, ...Uint8Array[]];
}

/** The id and sequence that a new device gets. */
export function nextPlace({ content }: PinnedAccount): { readonly id: number; readonly added: number } {
  const taken = new Set(content.devices.map((device) => device.id));
  let id = 1;
  while (taken.has(id)) id += 1;
  return { id, added: content.sequence + 1 };
}

export function withDevice(current: PinnedAccount, device: Device, secret: Uint8Array, now: number): Draft {
  return { content: next(current, now, { devices: sorted([...current.content.devices, device]) }), secrets: [secret] };
}

export function withoutDevices(current: PinnedAccount, ids: readonly number[], secret: Uint8Array, now: number): Draft {
  const devices = current.content.devices.filter(({ id }) => !ids.includes(id));
  return { content: next(current, now, { devices }), secrets: [secret] };
}

/** Whether a device takes part in conversations for which nothing else was said. */
export function withNewConversations(
  current: PinnedAccount,
  id: number,
  newConversations: boolean,
  secret: Uint8Array,
  now: number,
): Draft {
  const devices = current.content.devices.map((device) =>
    device.id === id ? { ...device, newConversations } : device,
  );
  return { content: next(current, now, { devices }), secrets: [secret] };
}

/** The account key replaced by its own authority. */
export function rotated(current: PinnedAccount, newSecret: Uint8Array, oldSecret: Uint8Array, now: number): Draft {
  const generation = current.content.generation + 1;
  const content = next(current, now, { generation, accountKey: ed25519PublicKey(newSecret) });
  return { content, secrets: [newSecret, oldSecret] };
}

/** How an account is taken over with its phrase. */
export interface Recovery {
  readonly newSecret: Uint8Array;
  readonly oldRecovery: RecoveryKey;
  /** A phrase works once. */
  readonly newRecovery: RecoveryKey;
  /** Ids of the devices that stay. */
  readonly keep: readonly number[];
  /** Absent when the recovering device is one of those that stay. */
  readonly device?: Device;
}

export function recovered(current: PinnedAccount, recovery: Recovery, now: number): Draft {
  const { newSecret, oldRecovery, newRecovery, keep, device } = recovery;
  const kept = current.content.devices.filter(({ id }) => keep.includes(id));
  const content = next(current, now, {
    generation: current.content.generation + 1,
    accountKey: ed25519PublicKey(newSecret),
    recoveryHash: newRecovery.hash,
    devices: device ? sorted([...kept, device]) : kept,
  });
  return { content, secrets: [newSecret, oldRecovery.seed] };
}

/** The time never goes back, whatever the clock does. */
function next({ content, hash }: PinnedAccount, now: number, changes: Partial<DeviceList>): DeviceList {
  const { salt: _, ...kept } = content;
  const time = Math.max(now, content.time);
  return { ...kept, sequence: content.sequence + 1, previous: hash, time, ...changes };
}

const sorted = (devices: readonly Device[]): Device[] => devices.toSorted((a, b) => a.id - b.id);
