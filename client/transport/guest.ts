import type { TicketRefusal } from '../../shared/protocol/errors.ts';
import { Connection, type ConnectionOptions } from './connection.ts';
import { guestTicket } from './tickets.ts';

export type GuestOptions = Omit<ConnectionOptions, 'ticket'>;

/**
 * A connection that belongs to no device: good for `hello`, `account.create`, `link.open` and `link.send`, for two minutes. The caller
 * closes it.
 *
 * @throws TransportError `unreachable`, `stopped`
 */
export function openGuest(options: GuestOptions): Promise<Connection> {
  return Connection.open({ ...options, ticket: guestTicket(options.url, options.clock) });
}

/**
 * Asks as a guest why a ticket was refused, and sets the clock by the way. Undefined: it would not be refused now.
 *
 * @throws TransportError, ProtocolError
 */
export async function askRefusal(ticket: string, options: GuestOptions): Promise<TicketRefusal | undefined> {
  const guest = await openGuest(options);
  try {
    return (await guest.request('hello', { ticket })).refused;
  } finally {
    guest.close();
  }
}
