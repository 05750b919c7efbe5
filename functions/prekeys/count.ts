import { ProtocolError } from '../../shared/protocol/errors.ts';
import type { Connections } from '../../shared/store/connections.ts';
import { left } from '../../shared/store/prekey-items.ts';
import type { PreKeys } from '../../shared/store/prekeys.ts';
import type { DeviceCaller } from '../caller.ts';
import { requireCurrent } from '../membership.ts';
import type { Action } from '../routes.ts';

export interface CountWith {
  readonly connections: Pick<Connections, 'read'>;
  readonly preKeys: Pick<PreKeys, 'stock'>;
}

/** How many keys of the caller's device are left. */
export function count({ connections, preKeys }: CountWith): Action<'prekeys.count', DeviceCaller> {
  return async (_request, caller) => {
    const [presence, { ec, kem, standing }] = await Promise.all([
      connections.read(caller.account, caller.device),
      preKeys.stock(caller),
    ]);
    requireCurrent(presence, caller);
    if (!standing) throw new ProtocolError('not-current');
    return {
      ec: { page: ec.page, left: left(ec) },
      kem: { page: kem.page, left: left(kem) },
      signed: standing.signed.id,
      lastResort: standing.lastResort.id,
    };
  };
}
