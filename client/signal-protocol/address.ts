import { concatBytes, hexToBytes } from '@noble/hashes/utils.js';
import { ProtocolError } from './errors.ts';

/** One device of one account: where a session leads to. */
export interface ProtocolAddress {
  /** A UUID in its lower-case text form. */
  readonly serviceId: string;
  /** 1 to 127 */
  readonly deviceId: number;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Accounts, as opposed to phone-number identities, which do not exist here. */
const ACCOUNT_TYPE = 0x00;

/** The text by which sessions are told apart: service id, full stop, device id. */
export function addressKey(address: ProtocolAddress): string {
  return `${address.serviceId}.${address.deviceId}`;
}

/** Both ends of a message as its addresses field holds them: two times type, UUID and device; sender first; 36 bytes. */
export function encodeAddresses(sender: ProtocolAddress, recipient: ProtocolAddress): Uint8Array {
  return concatBytes(encodeAddress(sender), encodeAddress(recipient));
}

/** @throws ProtocolError INVALID_ARGUMENT unless the service id is a lower-case UUID and the device id from 1 to 127 */
export function requireAddress(address: ProtocolAddress): void {
  if (!UUID.test(address.serviceId)) {
    throw new ProtocolError('INVALID_ARGUMENT', 'a service id is a UUID in lower case');
  }
  if (!Number.isInteger(address.deviceId) || address.deviceId < 1 || address.deviceId > 127) {
    throw new ProtocolError('INVALID_ARGUMENT', 'a device id is a number from 1 to 127');
  }
}

function encodeAddress(address: ProtocolAddress): Uint8Array {
  const uuid = hexToBytes(address.serviceId.replaceAll('-', ''));
  return concatBytes(Uint8Array.of(ACCOUNT_TYPE), uuid, Uint8Array.of(address.deviceId));
}
