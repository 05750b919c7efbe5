import * as z from 'zod/mini';

/**
 * Every error that a frame can be answered with. The code is the contract; the message is for people who read logs of a client.
 */
export const ERROR_CODES = {
  'bad-frame': 'The frame is not a JSON object of at most 32,000 bytes, or it has a key that is not allowed.',
  'unknown-action': 'There is no such action.',
  'bad-request': 'A field is missing, unknown, too long or of the wrong type.',
  'not-allowed': 'This connection may not do that.',
  'guest-expired': 'A guest connection lives for two minutes.',
  'not-current': 'Another connection of this device has taken over, or the device was removed.',
  'unknown-account': 'There is no such account, or the contact token is missing or wrong.',
  'rate-limited': 'Too many requests; try again after `retryAfter` milliseconds.',
  'admission-refused': 'This deployment does not admit the account.',
  'account-exists': 'The account exists already, with another first list.',
  'stale-list': 'The list is not the successor of the current one.',
  'invalid-list': 'The list breaks a rule of the device list; `reason` names it.',
  'key-taken': 'A key of the device is registered already, for this account or another one.',
  'invalid-prekey': 'A prekey is not signed by the identity key of its device, or is missing.',
  'invalid-freshness': 'The statement is not signed by the account key for the current list.',
  'stale-page': 'The page is not above the published one.',
  'incomplete-page': 'The page lacks keys that its count promises.',
  'message-time': 'The time in the message id is too far from the clock of the server.',
  conflict: 'The message id was used for another message.',
  'link-full': 'Two parties are in this room.',
  'link-unknown': 'The room does not exist or has expired, or this connection is not in it.',
  'peer-gone': 'The other party of the room is not connected.',
  unavailable: 'Something the server needs did not answer; try again.',
  internal: 'Something went wrong in the server.',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** Why a ticket was refused; a guest's `hello` with that ticket is answered with one of these. */
export const TICKET_REFUSALS = [
  'ticket-malformed',
  'ticket-time',
  'ticket-signature',
  'ticket-replayed',
  'device-unknown',
] as const;
export type TicketRefusal = (typeof TICKET_REFUSALS)[number];

export const errorSchema = z.object({
  code: z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]),
  message: z.string(),
  /** Milliseconds, with `rate-limited`. */
  retryAfter: z.optional(z.int()),
  /** The name of the rule, with `invalid-list` and `bad-request`. */
  reason: z.optional(z.string()),
});
export type ErrorBody = z.output<typeof errorSchema>;

/** An error of the protocol. The only kind of error whose code and reason reach a client. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly code: ErrorCode;
  readonly detail: { readonly reason?: string; readonly retryAfter?: number };

  constructor(code: ErrorCode, detail: { reason?: string; retryAfter?: number } = {}) {
    super(ERROR_CODES[code]);
    this.code = code;
    this.detail = detail;
  }

  /** The error as it stands in a reply. */
  toBody(): ErrorBody {
    return { code: this.code, message: this.message, ...this.detail };
  }
}
