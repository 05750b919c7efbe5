import { signedDeviceList } from '../../shared/protocol/account.ts';
import type { DeviceLists } from '../../shared/store/device-lists.ts';
import type { Directory } from '../../shared/store/directory.ts';
import type { DeviceCaller } from '../caller.ts';
import { requireContact } from '../contact.ts';
import { fitting } from '../fit.ts';
import { requireCurrent } from '../membership.ts';
import type { Action } from '../routes.ts';

/** More than fit a frame: the shortest list takes about a kilobyte. */
const PAGE = 32;

export interface ListsWith {
  readonly directory: Directory;
  readonly lists: Pick<DeviceLists, 'listsAfter'>;
}

/** The chain of lists of an account, as stored. */
export function lists(given: ListsWith): Action<'account.lists', DeviceCaller> {
  return async ({ account, token, after }, caller) => {
    const found = await given.directory.read([account], [caller]);
    requireCurrent(found.presence(caller), caller);
    const head = requireContact(found.head(account), { account, token }, caller);
    // Not beyond the head that was read: the freshness statement is about that one.
    const wanted = Math.max(0, Math.min(PAGE, head.sequence - after));
    const stored = (await given.lists.listsAfter(account, after, wanted)).map(({ list }) => list);
    const page = stored.slice(0, fitting(signedDeviceList, stored));
    const reply = { lists: page, more: after + page.length < head.sequence, sequence: head.sequence };
    return head.fresh ? { ...reply, fresh: head.fresh } : reply;
  };
}
