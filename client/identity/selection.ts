// Which devices of an account take part in a conversation. Unsigned, because a signature would prove to others who talks to whom: what
// counts is that it came in a Signal message from a device that takes part already. A device is meant by id and `added`: a successor
// under the same id was never selected.

import { sha256 } from '@noble/hashes/sha2.js';
import { base64UrlEncode } from '../../shared/protocol/base64url.ts';
import { concat, constantTimeEqual, lp, u64 } from '../../shared/protocol/bytes.ts';
import type { Device } from '../../shared/trust/device-list.ts';
import type { Selection } from './views.ts';

type Selected = Selection['devices'][number];

const NONE = new Uint8Array();

/** The hash by which a version is known. Bound to the conversation and the account, so that it means nothing elsewhere. */
export function selectionHash(
  conversation: string,
  account: string,
  { version, previous, devices }: Selection,
): Uint8Array {
  const members = devices.flatMap(({ id, added }) => [u64(id), u64(added)]);
  const fields = [lp(conversation), lp(account), lp(u64(version)), lp(previous ?? NONE), ...members];
  return sha256(concat(lp('sotto/selection/v1'), ...fields));
}

/** The devices that take part: selected and in the list; while nothing is known, those that take new conversations. */
export function selectedDevices(selection: Selection | undefined, devices: readonly Device[]): readonly Device[] {
  if (!selection) return devices.filter(({ newConversations }) => newConversations);
  return devices.filter((device) => isSelected(selection, device));
}

export function isSelected({ devices }: Selection, { id, added }: Selected): boolean {
  return devices.some((device) => device.id === id && device.added === added);
}

/** The version after `current`, with these devices. */
export function nextSelection(
  hashOf: (selection: Selection) => Uint8Array,
  current: Selection | undefined,
  devices: readonly Selected[],
): Selection {
  return {
    version: (current?.version ?? 0) + 1,
    previous: current ? hashOf(current) : null,
    devices: sorted(devices.map(({ id, added }) => ({ id, added }))),
  };
}

/**
 * What to hold after a device that takes part has offered its versions, the oldest first.
 *
 * A successor replaces what is held. Anything else of the same or a higher version is a fork: only devices that are in both stay, so that
 * nobody adds one by being late. The outcome does not depend on the order in which two offers arrive. Lower versions change nothing.
 */
export function mergeSelections(
  hashOf: (selection: Selection) => Uint8Array,
  held: Selection | undefined,
  offered: readonly Selection[],
): Selection | undefined {
  return offered.reduce<Selection | undefined>((current, next) => merge(hashOf, current, next), held);
}

function merge(hashOf: (selection: Selection) => Uint8Array, held: Selection | undefined, next: Selection): Selection {
  if (!held) return normal(next);
  if (next.version < held.version) return held;
  const isSuccessor =
    next.version === held.version + 1 && next.previous !== null && constantTimeEqual(next.previous, hashOf(held));
  if (isSuccessor) return normal(next);
  const base = next.version > held.version ? next : first(held, next);
  const { version, previous } = base;
  return { version, previous, devices: sorted(held.devices.filter((device) => isSelected(next, device))) };
}

/** Of two forks of one version, the same one for everybody. */
function first(a: Selection, b: Selection): Selection {
  return base64UrlEncode(a.previous ?? NONE) <= base64UrlEncode(b.previous ?? NONE) ? a : b;
}

function normal(selection: Selection): Selection {
  return { ...selection, devices: sorted(selection.devices) };
}

function sorted(devices: readonly Selected[]): Selected[] {
  return devices.toSorted((a, b) => a.id - b.id || a.added - b.added);
}
