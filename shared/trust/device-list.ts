// What a device list says. Its bytes are opaque until a signature over them holds; then they are read here, and here alone.

import * as z from 'zod/mini';
import { deviceConsents } from '../protocol/account.ts';
import { fromUtf8, utf8 } from '../protocol/bytes.ts';
import { accountId, bytes, deviceId, hash, identityKey, registrationId, sequence, time } from '../protocol/fields.ts';
import { DEVICES } from '../protocol/limits.ts';

const device = z.strictObject({
  id: deviceId,
  /** The Signal identity key: 05 and 32 bytes. */
  identityKey,
  /** Ed25519; signs this device's tickets. */
  connectKey: bytes(32),
  /** Sequence of the list that brought this device in. */
  added: sequence,
  registration: registrationId,
  /** Takes part in conversations whose selection is not known yet. */
  newConversations: z.boolean(),
  consents: deviceConsents,
});

const inOrder = (devices: readonly { id: number }[]) =>
  devices.every((entry, i) => i === 0 || entry.id > (devices[i - 1]?.id ?? 0));

const deviceList = z
  .strictObject({
    version: z.literal(1),
    account: accountId,
    /** 1 in the first list; one more with every change of the account key. */
    generation: sequence,
    sequence,
    /** Hash of the list before this one; null in the first. */
    previous: z.nullable(hash),
    /** Ed25519; signs lists and freshness statements. */
    accountKey: bytes(32),
    /** SHA-256 of the public recovery key. */
    recoveryHash: hash,
    /** In the first list only: the random part of the account's commitment. */
    salt: z.optional(bytes(32)),
    /** Milliseconds since 1970 by the clock of the key holder. */
    time,
    devices: z.array(device).check(z.minLength(1), z.maxLength(DEVICES), z.refine(inOrder)),
  })
  .check(
    z.refine((list) => (list.sequence === 1) === (list.previous === null)),
    z.refine((list) => (list.sequence === 1) === (list.salt !== undefined)),
    z.refine((list) => list.devices.every((entry) => entry.added <= list.sequence)),
  );

export type Device = Readonly<z.output<typeof device>>;
export type DeviceList = Readonly<Omit<z.output<typeof deviceList>, 'devices'>> & {
  readonly devices: readonly Device[];
};

/** The payload of a list. @throws when a field does not fit the schema */
export function encodeDeviceList(list: DeviceList): Uint8Array {
  return utf8(JSON.stringify(z.encode(deviceList, { ...list, devices: [...list.devices] })));
}

/**
 * Reads a payload whose signature holds; undefined when it is malformed.
 *
 * Readers of JSON disagree about repeated keys, so a payload could show two devices to two clients under one hash. Hence the rule: no
 * white space, every key once, text and numbers in their shortest form. Writing what was read, in the order read, gives the same bytes.
 */
export function decodeDeviceList(payload: Uint8Array): DeviceList | undefined {
  const text = fromUtf8(payload);
  if (text === undefined) return undefined;
  const value = parseJson(text);
  if (JSON.stringify(value) !== text) return undefined;
  const list = z.safeParse(deviceList, value);
  return list.success ? list.data : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
