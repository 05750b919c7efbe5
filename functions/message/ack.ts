import type { Connections } from '../../shared/store/connections.ts';
import { type Mailbox, mailPosition } from '../../shared/store/mailbox.ts';
import type { DeviceCaller } from '../caller.ts';
import { requireCurrent } from '../membership.ts';
import type { Action } from '../routes.ts';

export interface AckWith {
  readonly connections: Pick<Connections, 'read'>;
  readonly mailbox: Pick<Mailbox, 'remove'>;
}

/** Deletes exactly the named copies of the caller's mail. A batch must not name one twice. */
export function ack({ connections, mailbox }: AckWith): Action<'message.ack', DeviceCaller> {
  return async ({ messages }, caller) => {
    requireCurrent(await connections.read(caller.account, caller.device), caller);
    const distinct = new Map(messages.map((name) => [mailPosition(name), name]));
    await mailbox.remove(caller, [...distinct.values()]);
    return {};
  };
}
