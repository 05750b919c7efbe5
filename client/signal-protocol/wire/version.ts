import { ProtocolError } from '../errors.ts';

/** The version byte: message version 4 in the high half, the highest version that the sender knows in the low half. */
export const MESSAGE_VERSION = 0x44;

/**
 * There is one version and no negotiation, so nothing can be downgraded.
 *
 * @throws ProtocolError LEGACY_VERSION below 4 (no KEM, or no ratchet of it), UNKNOWN_VERSION for anything else
 */
export function requireVersion(bytes: Uint8Array): void {
  const version = bytes[0];
  if (version === undefined) throw new ProtocolError('INVALID_MESSAGE', 'the message is empty');
  if (version === MESSAGE_VERSION) return;
  if (version >> 4 < MESSAGE_VERSION >> 4) throw new ProtocolError('LEGACY_VERSION', 'message version below 4');
  throw new ProtocolError('UNKNOWN_VERSION', 'unknown message version');
}
