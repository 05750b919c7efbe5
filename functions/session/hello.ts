import type { TicketRefusal } from '../../shared/protocol/errors.ts';
import type { Admission } from '../../shared/protocol/session.ts';
import type { Connections } from '../../shared/store/connections.ts';
import type { DeviceLists } from '../../shared/store/device-lists.ts';
import type { Caller } from '../caller.ts';
import { requireCurrent } from '../membership.ts';
import type { Action } from '../routes.ts';
import { judgeTicket } from '../tickets.ts';

export interface HelloWith {
  readonly lists: Pick<DeviceLists, 'head'>;
  readonly connections: Pick<Connections, 'read'>;
  readonly endpoint: string;
  readonly admission: Admission;
  readonly now: () => number;
}

/** Says who the caller is, what the clock says, and why a ticket was refused. */
export function hello(given: HelloWith): Action<'hello', Caller> {
  return async ({ ticket }, caller) => {
    if (caller.kind === 'device') {
      requireCurrent(await given.connections.read(caller.account, caller.device), caller);
    }
    const refused = ticket === undefined ? undefined : await refusal(ticket, given);
    return {
      time: given.now(),
      admission: given.admission,
      caller:
        caller.kind === 'guest'
          ? { kind: 'guest' }
          : { kind: 'device', account: caller.account, device: caller.device },
      ...(refused === undefined ? {} : { refused }),
    };
  };
}

/** As opening a connection would judge the ticket, without using it up. */
async function refusal(
  text: string,
  { lists, connections, endpoint, now }: HelloWith,
): Promise<TicketRefusal | undefined> {
  const judgement = await judgeTicket(text, lists, endpoint, now());
  if (!judgement.holds) return judgement.refusal;
  const { ticket } = judgement;
  if (ticket.kind === 'guest') return undefined;
  const presence = await connections.read(ticket.account, ticket.device);
  if (presence?.registration !== ticket.registration) return 'device-unknown';
  return ticket.number > presence.ticket ? undefined : 'ticket-replayed';
}
