import { constantTimeEqual } from '../../shared/protocol/bytes.ts';
import { ProtocolError } from '../../shared/protocol/errors.ts';
import { encodeEvent } from '../../shared/protocol/frames.ts';
import type { Head } from '../../shared/store/device-list-head.ts';
import type { DeviceLists } from '../../shared/store/device-lists.ts';
import type { Directory } from '../../shared/store/directory.ts';
import type { FrankingKeys } from '../../shared/store/franking-keys.ts';
import type { Mailbox } from '../../shared/store/mailbox.ts';
import type { Pushes } from '../../shared/store/pushes.ts';
import type { RateLimits } from '../../shared/store/rate-limits.ts';
import type { DeviceCaller } from '../caller.ts';
import { requireContact } from '../contact.ts';
import { requireDistinct, statusOf } from '../devices.ts';
import { requireCurrent } from '../membership.ts';
import { requireRate } from '../rate.ts';
import type { Action } from '../routes.ts';
import { type Copy, copiesOf } from './copies.ts';
import { envelopeOf } from './envelope.ts';
import { requireMessageTime } from './message-time.ts';
import { newerLists, reportOf } from './report.ts';

export interface SendWith {
  readonly directory: Directory;
  readonly lists: Pick<DeviceLists, 'listsAfter'>;
  readonly mailbox: Pick<Mailbox, 'put' | 'remove'>;
  readonly frankingKeys: Pick<FrankingKeys, 'key'>;
  readonly pushes: Pick<Pushes, 'push'>;
  readonly limits: RateLimits;
  readonly now: () => number;
}

/**
 * Accepts a message. The order keeps it from being lost and from being kept for the wrong device: store, then read who is in the list and
 * who is connected, then push. A device that connects is registered first and asks for its mail afterwards, so one of the two sees the
 * other. A device that is removed leaves the list first and loses its mail afterwards, so either that or the second reading here finds
 * what was stored.
 */
export function send(given: SendWith): Action<'message.send', DeviceCaller> {
  return async (request, caller) => {
    const { message, to, token, ttl, devices } = request;
    requireDistinct(devices);
    requireMessageTime(message, given.now());
    const before = await given.directory.read([to], [caller]);
    requireCurrent(before.presence(caller), caller);
    const head = requireContact(before.head(to), { account: to, token }, caller);
    await requireRate(given.limits, 'send', caller.account);

    const copies = await copiesOf(request, caller, given.frankingKeys, given.now());
    const listed = copies.filter(({ device }) => statusOf(head, device) === 'listed');
    const kept = ttl > 0 ? await keep(listed, request.commitment, given.mailbox) : listed;

    const after = await given.directory.read(
      [to],
      kept.map((copy) => copy.device),
    );
    const current = after.head(to) ?? head;
    if (ttl > 0) await takeBack(copies, current, given.mailbox);
    const delivered = kept.filter(({ device }) => statusOf(current, device) === 'listed');
    await given.pushes.push(
      delivered.flatMap(({ device, mail }) => {
        const presence = after.presence(device);
        const frame = encodeEvent<'message'>({ event: 'message', ...envelopeOf(mail, ttl > 0) });
        return presence?.registration === device.registration ? [{ to: presence, frame }] : [];
      }),
    );
    return { ...reportOf(request, delivered, current), ...(await newerLists(request, current, given.lists)) };
  };
}

/** Stores every copy; of one that was stored before, what is there. @throws ProtocolError `conflict` */
async function keep(copies: readonly Copy[], commitment: Uint8Array, mailbox: Pick<Mailbox, 'put'>): Promise<Copy[]> {
  const kept = await Promise.all(
    copies.map(async ({ device, mail }) => ({ device, mail: await mailbox.put(device, mail) })),
  );
  const isSame = kept.every(({ mail }) => constantTimeEqual(mail.commitment, commitment));
  if (!isSame) throw new ProtocolError('conflict');
  return kept;
}

/**
 * Deletes what was stored for devices that are not in the list: by this request, when they have left since it read the list, or by an
 * earlier attempt whose environment died before it came to this.
 */
async function takeBack(copies: readonly Copy[], head: Head, mailbox: Pick<Mailbox, 'remove'>): Promise<void> {
  const gone = copies.filter(({ device }) => statusOf(head, device) !== 'listed');
  await Promise.all(gone.map(({ device, mail }) => mailbox.remove(device, [mail])));
}
