import type { TicketRefusal } from '../shared/protocol/errors.ts';
import type { DeviceLists } from '../shared/store/device-lists.ts';
import { parseTicket, refuseTicket, type Ticket } from '../shared/trust/ticket.ts';

export type Judgement =
  | { readonly holds: true; readonly ticket: Ticket }
  | { readonly holds: false; readonly refusal: TicketRefusal };

/** The base point of the curve: any valid key will do, so that a device that does not exist costs the same signature check. */
const NOBODY = Uint8Array.from([0x58, ...new Array<number>(31).fill(0x66)]);

/**
 * Judges a ticket against the current list, without using it up: whether its number is new, the connection's update decides.
 *
 * A device that is not in the list and a signature by another key are both `device-unknown`: a guest may ask about any ticket, and must not
 * learn which accounts and devices there are.
 *
 * @param endpoint from configuration, never from a header
 */
export async function judgeTicket(
  text: string,
  lists: Pick<DeviceLists, 'head'>,
  endpoint: string,
  now: number,
): Promise<Judgement> {
  const ticket = parseTicket(text);
  if (!ticket) return { holds: false, refusal: 'ticket-malformed' };
  const refusal =
    ticket.kind === 'guest'
      ? refuseTicket(ticket, ticket.publicKey, endpoint, now)
      : await refuseDevice(ticket, lists, endpoint, now);
  return refusal === undefined ? { holds: true, ticket } : { holds: false, refusal };
}

async function refuseDevice(
  ticket: Extract<Ticket, { kind: 'device' }>,
  lists: Pick<DeviceLists, 'head'>,
  endpoint: string,
  now: number,
): Promise<TicketRefusal | undefined> {
  const head = await lists.head(ticket.account);
  const device = head?.devices.find((one) => one.id === ticket.device && one.registration === ticket.registration);
  const refusal = refuseTicket(ticket, device?.connectKey ?? NOBODY, endpoint, now);
  if (refusal === 'ticket-time') return refusal;
  return device && refusal === undefined ? undefined : 'device-unknown';
}
