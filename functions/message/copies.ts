import type { RequestOf } from '../../shared/protocol/actions.ts';
import type { FrankingKeys } from '../../shared/store/franking-keys.ts';
import type { Installation } from '../../shared/store/installation.ts';
import { epochSeconds } from '../../shared/store/items.ts';
import type { Mail } from '../../shared/store/mailbox.ts';
import { frankingWeek, stampTag } from '../../shared/trust/franking.ts';
import type { DeviceCaller } from '../caller.ts';

/** One copy of a message and the device that it is for. */
export interface Copy {
  readonly device: Installation;
  readonly mail: Mail;
}

/**
 * The copies of a message, one a device, as they are accepted now, with one stamp. The sender in them is who the ticket says.
 *
 * @param received milliseconds since 1970
 */
export async function copiesOf(
  { message, to, commitment, ttl, urgent, devices }: RequestOf<'message.send'>,
  caller: DeviceCaller,
  keys: Pick<FrankingKeys, 'key'>,
  received: number,
): Promise<Copy[]> {
  const { account: sender, device: senderDevice } = caller;
  const week = frankingWeek(received);
  const stamped = { commitment, sender, senderDevice, recipient: to, messageId: message, time: received };
  const stamp = stampTag(await keys.key(week), stamped);
  const expires = epochSeconds(received + ttl * 1000);
  const common = { message, sender, senderDevice, commitment, stamp, week, received, urgent, expires };
  return devices.map(({ device, registration, type, ciphertext }) => ({
    device: { account: to, device, registration },
    mail: { ...common, type, ciphertext },
  }));
}
