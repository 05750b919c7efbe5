import { constantTimeEqual } from '../../shared/protocol/bytes.ts';
import type { ProtocolAddress, RemoteIdentity } from '../signal-protocol/index.ts';
import { deviceOf, type KnownAccount } from './known-account.ts';
import { standingOf } from './standing.ts';

/**
 * The one place where an identity key is trusted: it is exactly the key, with exactly the registration, that the accepted list holds for
 * that device. Nothing else in the client stores or believes an identity. Sending needs the account's good standing as well; receiving
 * does not, so that a person can read what a contact says about a changed key.
 *
 * @param known what is accepted of the address's account now
 * @param now milliseconds since 1970 by this device's own clock
 */
export function isListedIdentity(
  known: KnownAccount | undefined,
  { deviceId }: ProtocolAddress,
  { identityKey, registrationId }: RemoteIdentity,
  direction: 'send' | 'receive',
  now: number,
): boolean {
  const device = known && deviceOf(known, deviceId);
  if (!device || device.registration !== registrationId) return false;
  if (!constantTimeEqual(device.identityKey, identityKey)) return false;
  return direction === 'receive' || standingOf(known, now).blocks.length === 0;
}
