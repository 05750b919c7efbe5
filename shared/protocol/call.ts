import * as z from 'zod/mini';
import { bytes, deviceId, requestId } from './fields.ts';

/** A call's own id: random bytes made by the caller's device, known to both parties and to nobody else. */
export const callId = bytes(16);

export const callClaim = {
  request: z.strictObject({ action: z.literal('call.claim'), id: requestId, call: callId }),
  /** `device` is who holds the call: the caller itself when `won`. */
  reply: z.object({ won: z.boolean(), device: deviceId }),
};

/** Another device of the account has answered or declined. */
export const callClaimed = z.object({ event: z.literal('call.claimed'), call: callId, device: deviceId });
