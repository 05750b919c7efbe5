import type { RequestOf } from '../../shared/protocol/actions.ts';
import { ProtocolError } from '../../shared/protocol/errors.ts';
import type { Head } from '../../shared/store/device-list-head.ts';
import type { DeviceLists } from '../../shared/store/device-lists.ts';
import type { Directory } from '../../shared/store/directory.ts';
import type { RateLimits } from '../../shared/store/rate-limits.ts';
import { verifyDeviceList } from '../../shared/trust/signed-device-list.ts';
import { EVERYBODY, requireRate } from '../rate.ts';
import { type Succession, succeed } from './succession.ts';

export interface TakeOverWith {
  readonly directory: Directory;
  readonly lists: Pick<DeviceLists, 'list'>;
  readonly limits: RateLimits;
}

/**
 * A list from a guest: somebody who has only the phrase has no device to connect as. The list itself is the right to publish it, if the
 * recovery key signed it. Everything else is answered alike, so that a guest cannot ask what the current list of an account is.
 *
 * @throws ProtocolError `unknown-account`, `invalid-prekey`, `rate-limited`
 */
export async function takeOver(
  request: RequestOf<'account.publish'>,
  { directory, lists, limits }: TakeOverWith,
): Promise<{ head: Head; succession: Succession }> {
  await requireRate(limits, 'recover', EVERYBODY);
  const verified = verifyDeviceList(request.list);
  if (typeof verified === 'string') throw new ProtocolError('unknown-account');
  const { account } = verified.content;
  const head = (await directory.read([account], [])).head(account);
  if (!head) throw new ProtocolError('unknown-account');
  const succession = await succeed(head, request, lists).catch(alike);
  if (succession.accountKey !== 'recovered') throw new ProtocolError('unknown-account');
  // A list that was published is in the hands of contacts: repeating it must not use up what the account itself may publish.
  if (succession.publication) await requireRate(limits, 'publish', account);
  return { head, succession };
}

/** Bad prekeys can only be named to somebody whose list was accepted. */
function alike(error: unknown): never {
  const tells = error instanceof ProtocolError && error.code !== 'invalid-prekey';
  throw tells ? new ProtocolError('unknown-account') : error;
}
