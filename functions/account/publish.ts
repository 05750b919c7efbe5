import type { RequestOf } from '../../shared/protocol/actions.ts';
import { constantTimeEqual } from '../../shared/protocol/bytes.ts';
import { ProtocolError } from '../../shared/protocol/errors.ts';
import { encodeEvent } from '../../shared/protocol/frames.ts';
import type { Head } from '../../shared/store/device-list-head.ts';
import type { DeviceLists } from '../../shared/store/device-lists.ts';
import type { DeviceName, Directory } from '../../shared/store/directory.ts';
import type { Publications } from '../../shared/store/publications.ts';
import type { Pushes } from '../../shared/store/pushes.ts';
import type { RateLimits } from '../../shared/store/rate-limits.ts';
import type { Caller, DeviceCaller } from '../caller.ts';
import { requireCurrent } from '../membership.ts';
import { requireRate } from '../rate.ts';
import type { Action } from '../routes.ts';
import { clearRemoved, type RemovalWith } from './removal.ts';
import { type Succession, succeed } from './succession.ts';
import { takeOver } from './take-over.ts';

export interface PublishWith extends RemovalWith {
  readonly directory: Directory;
  readonly lists: Pick<DeviceLists, 'head' | 'list'>;
  readonly publications: Pick<Publications, 'replace'>;
  readonly pushes: Pushes;
  readonly limits: RateLimits;
}

/**
 * Makes the next list the current one. A device that it removes is out with the transaction; what is left of it is deleted before the
 * reply. Repeating an accepted list repeats the deletion, so a crash between the two is mended by the client's retry.
 */
export function publish(given: PublishWith): Action<'account.publish', Caller> {
  return async (request, caller) => {
    const { head, succession } =
      caller.kind === 'guest' ? await takeOver(request, given) : await succeedAs(caller, request, given);
    const { account } = head;

    // Read before the transaction deletes them; the caller's own socket still has to bring it the reply.
    const leaving = await presencesOf(succession.removed, given.directory);
    await makeCurrent(succession, head.hash, account, given);
    const others = leaving.filter(({ socket }) => socket?.connection !== caller.connection);
    await clearRemoved(succession.removed, others, given);
    await announce(account, succession.sequence, given);
    const { sequence, hash, removed } = succession;
    return { sequence, hash, removed: removed.map(({ device }) => device) };
  };
}

async function succeedAs(
  caller: DeviceCaller,
  request: RequestOf<'account.publish'>,
  { directory, limits, lists }: PublishWith,
): Promise<{ head: Head; succession: Succession }> {
  const { account } = caller;
  const found = await directory.read([account], [caller]);
  requireCurrent(found.presence(caller), caller);
  const head = found.head(account);
  if (!head) throw new ProtocolError('not-current');
  await requireRate(limits, 'publish', account);
  return { head, succession: await succeed(head, request, lists) };
}

async function makeCurrent(
  { publication, hash }: Succession,
  previous: Uint8Array,
  account: string,
  { publications, lists }: PublishWith,
): Promise<void> {
  const refusal = publication && (await publications.replace(publication, previous));
  if (refusal === undefined) return;
  if (refusal === 'key-taken') throw new ProtocolError('key-taken');
  // Somebody was first. If it was this same list, sent twice at once, then it is done.
  const head = await lists.head(account);
  if (!head || !constantTimeEqual(head.hash, hash)) throw new ProtocolError('stale-list');
}

async function announce(account: string, sequence: number, { directory, lists, pushes }: PublishWith): Promise<void> {
  const head = await lists.head(account);
  const devices = head?.devices.map(({ id }) => ({ account, device: id })) ?? [];
  const frame = encodeEvent<'account.changed'>({ event: 'account.changed', sequence });
  await pushes.push((await presencesOf(devices, directory)).map((to) => ({ to, frame })));
}

async function presencesOf(devices: readonly DeviceName[], directory: Directory) {
  const found = await directory.read([], devices);
  return devices.map((device) => found.presence(device)).filter((presence) => presence !== undefined);
}
