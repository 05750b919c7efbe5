import { signedDeviceList } from '../../shared/protocol/account.ts';
import type { RequestOf } from '../../shared/protocol/actions.ts';
import type { Head } from '../../shared/store/device-list-head.ts';
import type { DeviceLists } from '../../shared/store/device-lists.ts';
import type { Directory } from '../../shared/store/directory.ts';
import type { RateLimits } from '../../shared/store/rate-limits.ts';
import type { Caller } from '../caller.ts';
import { requireContact, requireRecovery } from '../contact.ts';
import { fitting } from '../fit.ts';
import { requireCurrent } from '../membership.ts';
import { EVERYBODY, requireRate } from '../rate.ts';
import type { Action } from '../routes.ts';

/** More than fit a frame: the shortest list takes about a kilobyte. */
const PAGE = 32;

export interface ListsWith {
  readonly directory: Directory;
  readonly lists: Pick<DeviceLists, 'listsAfter'>;
  readonly limits: RateLimits;
}

/** The chain of lists of an account, as stored. */
export function lists(given: ListsWith): Action<'account.lists', Caller> {
  return async (request, caller) => {
    const { account, after } = request;
    const head = await headFor(request, caller, given);
    // Not beyond the head that was read: the freshness statement is about that one.
    const wanted = Math.max(0, Math.min(PAGE, head.sequence - after));
    const stored = (await given.lists.listsAfter(account, after, wanted)).map(({ list }) => list);
    const page = stored.slice(0, fitting(signedDeviceList, stored));
    const reply = { lists: page, more: after + page.length < head.sequence, sequence: head.sequence };
    const isOwn = caller.kind === 'guest' || caller.account === account;
    return { ...reply, ...(head.fresh && { fresh: head.fresh }), ...(isOwn && { tokens: [...head.tokens] }) };
  };
}

/** @throws ProtocolError `not-current`, `unknown-account`, `rate-limited` */
async function headFor(
  { account, token, recovery }: RequestOf<'account.lists'>,
  caller: Caller,
  { directory, limits }: ListsWith,
): Promise<Head> {
  if (caller.kind === 'guest') {
    await requireRate(limits, 'recover', EVERYBODY);
    return requireRecovery((await directory.read([account], [])).head(account), recovery);
  }
  const found = await directory.read([account], [caller]);
  requireCurrent(found.presence(caller), caller);
  return requireContact(found.head(account), { account, token }, caller);
}
