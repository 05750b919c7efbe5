import { ProtocolError } from '../shared/protocol/errors.ts';
import { isCurrent, type Presence } from '../shared/store/connections.ts';
import type { DeviceCaller } from './caller.ts';

/**
 * A device that was removed, or that has a newer connection, is out at once although its socket may live on.
 *
 * @param presence of the caller, read strongly during this request
 * @throws ProtocolError `not-current`
 */
export function requireCurrent(presence: Presence | undefined, caller: DeviceCaller): void {
  if (!isCurrent(presence, caller.registration, caller.connection)) throw new ProtocolError('not-current');
}
