import { ProtocolError } from '../../shared/protocol/errors.ts';
import type { DeviceKeys } from '../../shared/store/device-keys.ts';
import type { Directory } from '../../shared/store/directory.ts';
import type { RateLimits } from '../../shared/store/rate-limits.ts';
import { consentsHold } from '../../shared/trust/device-consent.ts';
import type { DeviceCaller } from '../caller.ts';
import { requireCurrent } from '../membership.ts';
import { requireRate } from '../rate.ts';
import type { Action } from '../routes.ts';

export interface ReserveWith {
  readonly directory: Directory;
  readonly deviceKeys: DeviceKeys;
  readonly limits: RateLimits;
}

/**
 * Registers the keys of a device that the account is about to list. A list that is signed cannot be taken back: whoever signs one has to
 * know before that its keys will not be in the way. The consents show that the device itself wants to be of this account, so nobody can
 * take a key that is not theirs, or ask about one.
 */
export function reserve({ directory, deviceKeys, limits }: ReserveWith): Action<'account.reserve', DeviceCaller> {
  return async ({ device }, caller) => {
    const { account } = caller;
    const found = await directory.read([account], [caller]);
    requireCurrent(found.presence(caller), caller);
    await requireRate(limits, 'publish', account);
    if (!consentsHold(account, device)) throw new ProtocolError('invalid-list', { reason: 'consent' });
    if (!(await deviceKeys.reserve(account, device))) throw new ProtocolError('key-taken');
    return {};
  };
}
