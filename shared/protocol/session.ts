import * as z from 'zod/mini';
import { TICKET_REFUSALS } from './errors.ts';
import { accountId, deviceId, requestId, time } from './fields.ts';
import { TICKET_CHARACTERS } from './limits.ts';

/** The WebSocket subprotocol; a ticket is offered beside it. */
export const SUBPROTOCOL = 'sotto.v1';

export const ADMISSIONS = ['open', 'invite', 'jwt'] as const;
export type Admission = (typeof ADMISSIONS)[number];

export const hello = {
  request: z.strictObject({
    action: z.literal('hello'),
    id: requestId,
    /** A ticket that was refused: a browser learns nothing from a refused connection, so it asks here as a guest. */
    ticket: z.optional(z.string().check(z.maxLength(TICKET_CHARACTERS))),
  }),
  reply: z.object({
    /** The server's clock. */
    time,
    admission: z.enum(ADMISSIONS),
    caller: z.union([
      z.object({ kind: z.literal('guest') }),
      z.object({ kind: z.literal('device'), account: accountId, device: deviceId }),
    ]),
    /** Why the ticket in the request would be refused now; absent when it would not be. */
    refused: z.optional(z.enum(TICKET_REFUSALS)),
  }),
};
