import type { TicketRefusal } from '../../shared/protocol/errors.ts';

/**
 * Why the server refuses this device.
 *
 * `superseded`: another connection of the device took over, which is another tab's or a copy's; the rest is the server's own word on the
 * ticket. None of them is a reason to delete anything: a server can lie.
 */
export type RefusalReason = TicketRefusal | 'superseded';

/**
 * Why a request got no answer. Errors that the server answers with are `ProtocolError`s.
 *
 * - unreachable: the connection did not open; whether the network or the server refused it cannot be seen
 * - closed: the connection ended first. Whether the request was carried out is not known
 * - timeout: no answer came in time. Whether the request was carried out is not known
 * - bad-reply: the answer does not fit the protocol. Whether the request was carried out is not known
 * - offline: there is no connection, and the request was not to wait for one
 * - overloaded: too many requests are waiting
 * - refused: the server refuses this device; `reason` says why
 * - stopped: the transport was closed
 */
export type TransportErrorCode =
  | 'unreachable'
  | 'closed'
  | 'timeout'
  | 'bad-reply'
  | 'offline'
  | 'overloaded'
  | 'refused'
  | 'stopped';

const MESSAGES: Readonly<Record<TransportErrorCode, string>> = {
  unreachable: 'The connection did not open.',
  closed: 'The connection ended before the answer.',
  timeout: 'No answer came in time.',
  'bad-reply': 'The answer does not fit the protocol.',
  offline: 'There is no connection.',
  overloaded: 'Too many requests are waiting.',
  refused: 'The server refuses this device.',
  stopped: 'The transport was closed.',
};

export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly code: TransportErrorCode;
  /** With `refused`. */
  readonly reason: RefusalReason | undefined;

  constructor(code: TransportErrorCode, reason?: RefusalReason) {
    super(MESSAGES[code]);
    this.code = code;
    this.reason = reason;
  }
}
