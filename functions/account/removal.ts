import type { Presence } from '../../shared/store/connections.ts';
import type { Installation } from '../../shared/store/installation.ts';
import type { Mailbox } from '../../shared/store/mailbox.ts';
import type { PreKeys } from '../../shared/store/prekeys.ts';
import type { Pushes } from '../../shared/store/pushes.ts';

export interface RemovalWith {
  readonly mailbox: Pick<Mailbox, 'removeAll'>;
  readonly preKeys: Pick<PreKeys, 'removeAll'>;
  readonly pushes: Pick<Pushes, 'end'>;
}

/**
 * Deletes what is left of devices that the current list does not have any more: mail, keys, sockets. Their membership went with the
 * list, so nothing new can arrive: a sender that stored mail meanwhile reads the head again and takes it back. Repeating it is harmless.
 */
export async function clearRemoved(
  devices: readonly Installation[],
  presences: readonly Presence[],
  { mailbox, preKeys, pushes }: RemovalWith,
): Promise<void> {
  await Promise.all([
    ...devices.flatMap((device) => [mailbox.removeAll(device), preKeys.removeAll(device)]),
    pushes.end(presences),
  ]);
}
