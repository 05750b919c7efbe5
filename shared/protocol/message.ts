import * as z from 'zod/mini';
import { signedDeviceList } from './account.ts';
import {
  accountId,
  bytes,
  ciphertext,
  contactToken,
  deviceId,
  hash,
  messageId,
  registrationId,
  requestId,
  sequence,
  time,
  whole,
} from './fields.ts';
import { ACKS_PER_FRAME, DEVICES, MESSAGE_TTL_SECONDS } from './limits.ts';

/** Signal's ciphertext types: 2 is a message of a session, 3 a message that begins one. */
const ciphertextType = z.union([z.literal(2), z.literal(3)]);

/** The server's word, for an abuse report, on who sent which commitment to whom and when. */
export const stamp = z.object({ week: whole(0, 99_999), time, tag: bytes(32) });
export type Stamp = z.output<typeof stamp>;

export const messageSend = {
  request: z.strictObject({
    action: z.literal('message.send'),
    id: requestId,
    /** One id for all frames of a message. Its time must be within a day past and five minutes ahead of the server's clock. */
    message: messageId,
    to: accountId,
    /** Needed for every account but one's own. */
    token: z.optional(contactToken),
    /** Sequence of the recipient's device list that the sender used. */
    list: sequence,
    /** The franking commitment, the same in every frame of the message. */
    commitment: hash,
    /** Seconds. 0: pushed to connected devices only and never stored. */
    ttl: whole(0, MESSAGE_TTL_SECONDS),
    /** True for what should wake a device. */
    urgent: z.boolean(),
    devices: z
      .array(z.strictObject({ device: deviceId, registration: registrationId, type: ciphertextType, ciphertext }))
      .check(z.minLength(1), z.maxLength(DEVICES)),
  }),
  reply: z.object({
    /** One entry a device of the request, in its order. `accepted` stands for time to live 0, whether or not the device is connected. */
    devices: z.array(
      z.object({
        device: deviceId,
        status: z.enum(['stored', 'accepted', 'stale', 'unknown']),
        stamp: z.optional(stamp),
      }),
    ),
    /** The lists after the one that the sender used, as many as fit; absent when it was the current one. */
    lists: z.optional(z.array(signedDeviceList)),
    /** The sequence of the recipient's current list. */
    sequence,
  }),
};

/** A message as it reaches a device, pushed or pulled. */
export const envelope = z.object({
  message: messageId,
  sender: accountId,
  senderDevice: deviceId,
  type: ciphertextType,
  ciphertext,
  commitment: hash,
  stamp,
  urgent: z.boolean(),
  /** When the server forgets it. */
  expires: time,
  /** False for time to live 0: there is nothing to acknowledge. */
  stored: z.boolean(),
});
export type Envelope = z.output<typeof envelope>;

/** Where the next page of `message.pull` begins; opaque to clients. */
const cursor = z.string().check(z.regex(/^[0-9a-f#-]{1,120}$/));

export const messagePull = {
  request: z.strictObject({ action: z.literal('message.pull'), id: requestId, after: z.optional(cursor) }),
  reply: z.object({
    /** Oldest first by message id, as many as fit a frame. */
    messages: z.array(envelope),
    /** Present when there may be more. */
    next: z.optional(cursor),
  }),
};

export const messageAck = {
  request: z.strictObject({
    action: z.literal('message.ack'),
    id: requestId,
    messages: z
      .array(z.strictObject({ message: messageId, sender: accountId, senderDevice: deviceId }))
      .check(z.minLength(1), z.maxLength(ACKS_PER_FRAME)),
  }),
  reply: z.object({}),
};
