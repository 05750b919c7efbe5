import { sha256 } from '@noble/hashes/sha2.js';
import type { SignedDeviceList } from '../protocol/account.ts';
import { concat, constantTimeEqual } from '../protocol/bytes.ts';
import { LIST_PAYLOAD_BYTES, LIST_SIGNATURES } from '../protocol/limits.ts';
import { consentsHold } from './device-consent.ts';
import { type Device, type DeviceList, decodeDeviceList, encodeDeviceList } from './device-list.ts';
import { ed25519PublicKey, ed25519Sign, ed25519Verify } from './ed25519.ts';
import { prefix, STATEMENTS } from './statement.ts';

/** A list whose signatures and consents hold. Whether its signers had the right to sign it, {@link accept} says. */
export interface VerifiedList {
  readonly list: SignedDeviceList;
  readonly hash: Uint8Array;
  readonly content: DeviceList;
}

export type VerificationFailure = 'malformed' | 'signature' | 'consent';

/** The signed bytes: prefix and payload. */
function signedBytes(payload: Uint8Array): Uint8Array {
  return concat(prefix(STATEMENTS.deviceList), payload);
}

/** The hash by which a list is known: SHA-256 of the signed bytes. Signatures are not part of it. */
export function deviceListHash(list: Pick<SignedDeviceList, 'payload'>): Uint8Array {
  return sha256(signedBytes(list.payload));
}

/**
 * Writes and signs a list.
 *
 * @param secrets Ed25519 seeds: the account key's first; when the account key changes also the old one's or the recovery key's; when
 * the recovery hash changes the old recovery key's
 * @throws when a field does not fit the schema
 */
export function signDeviceList(content: DeviceList, secrets: readonly Uint8Array[]): SignedDeviceList {
  const payload = encodeDeviceList(content);
  const message = signedBytes(payload);
  const signatures = secrets.map((secret) => ({
    alg: 'Ed25519' as const,
    by: ed25519PublicKey(secret),
    signature: ed25519Sign(secret, message),
  }));
  return { payload, signatures };
}

/**
 * Rule 1: the signatures, one of them by the payload's own account key; the schema; every consent.
 *
 * @param known devices whose consents have been verified for the same account already; equal ones are not verified again
 */
export function verifyDeviceList(
  list: SignedDeviceList,
  known: readonly Device[] = [],
): VerifiedList | VerificationFailure {
  if (list.payload.length > LIST_PAYLOAD_BYTES) return 'malformed';
  if (!signaturesHold(list)) return 'signature';
  const content = decodeDeviceList(list.payload);
  if (!content) return 'malformed';
  if (!signedBy(list, content.accountKey)) return 'signature';
  const consented = content.devices.every(
    (device) => known.some((other) => sameDevice(device, other)) || consentsHold(content.account, device),
  );
  if (!consented) return 'consent';
  return { list, hash: deviceListHash(list), content };
}

/** Whether a key is among the signers of a list whose signatures hold. */
export function signedBy(list: SignedDeviceList, key: Uint8Array): boolean {
  return list.signatures.some(({ by }) => constantTimeEqual(by, key));
}

/** All that may never change while a device stays in the list. */
export function sameDevice(a: Device, b: Device): boolean {
  return (
    a.id === b.id &&
    a.added === b.added &&
    a.registration === b.registration &&
    constantTimeEqual(a.identityKey, b.identityKey) &&
    constantTimeEqual(a.connectKey, b.connectKey) &&
    constantTimeEqual(a.consents.identity, b.consents.identity) &&
    constantTimeEqual(a.consents.connect, b.consents.connect)
  );
}

/** Every signature must hold, so that nobody can pass on a list with something attached to it. */
function signaturesHold({ payload, signatures }: SignedDeviceList): boolean {
  if (signatures.length < 1 || signatures.length > LIST_SIGNATURES) return false;
  const signers = new Set(signatures.map(({ by }) => by.join()));
  if (signers.size !== signatures.length) return false;
  const message = signedBytes(payload);
  return signatures.every(({ alg, by, signature }) => alg === 'Ed25519' && ed25519Verify(by, message, signature));
}
