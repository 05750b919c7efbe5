import { ProtocolError } from '../../shared/protocol/errors.ts';
import type { DeviceLists } from '../../shared/store/device-lists.ts';
import type { Directory } from '../../shared/store/directory.ts';
import type { DeviceCaller } from '../caller.ts';
import { requireCurrent } from '../membership.ts';
import type { Action } from '../routes.ts';

export interface TokensWith {
  readonly directory: Directory;
  readonly lists: Pick<DeviceLists, 'replaceTokens'>;
}

/** Replaces the contact tokens of the caller's account; those that are not named stop working at once. */
export function tokens({ directory, lists }: TokensWith): Action<'account.tokens', DeviceCaller> {
  return async (request, caller) => {
    const { account } = caller;
    const found = await directory.read([account], [caller]);
    requireCurrent(found.presence(caller), caller);
    const head = found.head(account);
    if (!head || !(await lists.replaceTokens(account, head.hash, request.tokens))) {
      // The list has just moved on; whether the caller is still in it, its repetition will tell.
      throw new ProtocolError('unavailable');
    }
    return {};
  };
}
