// A device enters a list only by its own word: one signature by its identity key, one by its connect key. The account key is not part of
// the statement, so that replacing it does not drop devices that are offline.

import type { Device } from './device-list.ts';
import { ed25519Sign, ed25519Verify } from './ed25519.ts';
import { STATEMENTS, statement } from './statement.ts';
import { xeddsaSign, xeddsaVerify } from './xeddsa.ts';

/** What a device consents to: being this device, with these keys, from this sequence on. */
export type ConsentSubject = Pick<Device, 'id' | 'identityKey' | 'connectKey' | 'added'>;
export type Consents = Device['consents'];

/** The bytes that the device's identity key (XEdDSA) or connect key (Ed25519) signs. */
export function consentStatement(by: 'identity' | 'connect', account: string, device: ConsentSubject): Uint8Array {
  const { id, identityKey, connectKey, added } = device;
  return statement(STATEMENTS.deviceConsent, by, account, id, identityKey, connectKey, added);
}

/**
 * @param identityPrivateKey X25519, 32 bytes
 * @param connectSecret Ed25519 seed, 32 bytes
 * @param random64 64 fresh random bytes for XEdDSA
 */
export function signConsents(
  account: string,
  device: ConsentSubject,
  identityPrivateKey: Uint8Array,
  connectSecret: Uint8Array,
  random64: Uint8Array,
): Consents {
  return {
    identity: xeddsaSign(identityPrivateKey, consentStatement('identity', account, device), random64),
    connect: ed25519Sign(connectSecret, consentStatement('connect', account, device)),
  };
}

/** True when both of the device's keys signed that it belongs to the account. */
export function consentsHold(account: string, device: ConsentSubject & Pick<Device, 'consents'>): boolean {
  const { identityKey, connectKey, consents } = device;
  return (
    ed25519Verify(connectKey, consentStatement('connect', account, device), consents.connect) &&
    xeddsaVerify(identityKey.subarray(1), consentStatement('identity', account, device), consents.identity)
  );
}
