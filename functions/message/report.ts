import { signedDeviceList } from '../../shared/protocol/account.ts';
import type { ReplyOf, RequestOf } from '../../shared/protocol/actions.ts';
import type { Head } from '../../shared/store/device-list-head.ts';
import type { DeviceLists } from '../../shared/store/device-lists.ts';
import { statusOf } from '../devices.ts';
import { fitting } from '../fit.ts';
import type { Copy } from './copies.ts';
import { envelopeOf } from './envelope.ts';

type Request = RequestOf<'message.send'>;
type Reply = ReplyOf<'message.send'>;

/** More than fit a reply: the shortest list takes about a kilobyte. */
const LISTS = 32;
/** For the reports on eight devices in the same reply. */
const REPORT_BYTES = 2_048;

/** What became of each copy. With time to live 0 it does not tell who is connected. */
export function reportOf(
  { devices, ttl }: Request,
  delivered: readonly Copy[],
  head: Head,
): Pick<Reply, 'devices' | 'sequence'> {
  const reports = devices.map((named): Reply['devices'][number] => {
    const { device } = named;
    const copy = delivered.find((one) => one.device.device === device);
    if (copy) return { device, status: ttl > 0 ? 'stored' : 'accepted', stamp: envelopeOf(copy.mail, true).stamp };
    return { device, status: statusOf(head, named) === 'stale' ? 'stale' : 'unknown' };
  });
  return { devices: reports, sequence: head.sequence };
}

/** The recipient's lists after the one that the sender used, as many as fit. */
export async function newerLists(
  { to, list }: Request,
  head: Head,
  lists: Pick<DeviceLists, 'listsAfter'>,
): Promise<Pick<Reply, 'lists'>> {
  if (list >= head.sequence) return {};
  const stored = await lists.listsAfter(to, list, Math.min(LISTS, head.sequence - list));
  const newer = stored.map((entry) => entry.list);
  return { lists: newer.slice(0, fitting(signedDeviceList, newer, REPORT_BYTES)) };
}
