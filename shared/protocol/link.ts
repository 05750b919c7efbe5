import * as z from 'zod/mini';
import { bytes, requestId, time } from './fields.ts';
import { LINK_DATA_BYTES } from './limits.ts';

/** A random secret that two devices share by QR code or typed text. Whoever knows it may enter, so it is used once. */
const room = bytes(32);

export const linkOpen = {
  request: z.strictObject({ action: z.literal('link.open'), id: requestId, room }),
  /** `peer` tells whether the other party is there already. */
  reply: z.object({ peer: z.boolean(), expires: time }),
};

export const linkSend = {
  request: z.strictObject({ action: z.literal('link.send'), id: requestId, room, data: bytes(1, LINK_DATA_BYTES) }),
  reply: z.object({}),
};

export const linkEvent = z.object({
  event: z.literal('link'),
  room,
  /** Absent when the other party has just entered. */
  data: z.optional(bytes(1, LINK_DATA_BYTES)),
});
