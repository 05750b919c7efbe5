import { ProtocolError } from '../../shared/protocol/errors.ts';
import { CLOCK_SKEW_MS } from '../../shared/protocol/limits.ts';
import type { DeviceLists } from '../../shared/store/device-lists.ts';
import type { Directory } from '../../shared/store/directory.ts';
import { freshnessHolds } from '../../shared/trust/freshness.ts';
import type { DeviceCaller } from '../caller.ts';
import { requireCurrent } from '../membership.ts';
import type { Action } from '../routes.ts';

export interface FreshWith {
  readonly directory: Directory;
  readonly lists: Pick<DeviceLists, 'confirm'>;
  readonly now: () => number;
}

/** Keeps the account key's word that the current list is still current. */
export function fresh({ directory, lists, now }: FreshWith): Action<'account.fresh', DeviceCaller> {
  return async (request, caller) => {
    const { account } = caller;
    const found = await directory.read([account], [caller]);
    requireCurrent(found.presence(caller), caller);
    const head = found.head(account);
    const isFromTheFuture = request.fresh.time > now() + CLOCK_SKEW_MS;
    if (!head || isFromTheFuture || !freshnessHolds(head, request.fresh)) throw new ProtocolError('invalid-freshness');
    if (!(await lists.confirm(account, head.hash, request.fresh))) throw new ProtocolError('invalid-freshness');
    return {};
  };
}
