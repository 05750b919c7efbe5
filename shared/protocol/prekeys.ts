import * as z from 'zod/mini';
import {
  accountId,
  contactToken,
  deviceId,
  ecKey,
  kemKey,
  preKeyId,
  registrationId,
  requestId,
  signature,
  whole,
} from './fields.ts';
import { DEVICES, EC_PREKEYS_PER_FRAME, KEM_PREKEYS_PER_FRAME, PREKEYS_PER_PAGE } from './limits.ts';

export const preKey = z.strictObject({ id: preKeyId, key: ecKey });
export const signedPreKey = z.strictObject({ id: preKeyId, key: ecKey, signature });
export const signedKemPreKey = z.strictObject({ id: preKeyId, key: kemKey, signature });
export type PreKey = z.output<typeof preKey>;
export type SignedPreKey = z.output<typeof signedPreKey>;
export type SignedKemPreKey = z.output<typeof signedKemPreKey>;

/** Part of a page of one-time keys. Pages are numbered upwards; the frame that carries `count` makes the page the published one. */
const pageOf = <Key extends z.core.$ZodType>(key: Key, perFrame: number) =>
  z.strictObject({
    page: whole(1, 9_999_999_999_999),
    /** Index in the page of the first key of this frame. */
    from: whole(0, PREKEYS_PER_PAGE - 1),
    keys: z.array(key).check(z.minLength(1), z.maxLength(perFrame)),
    /** Keys in the whole page; only in its last frame. */
    count: z.optional(whole(1, PREKEYS_PER_PAGE)),
  });

const stock = z.object({ page: whole(0, 9_999_999_999_999), left: whole(0, PREKEYS_PER_PAGE) });

export const preKeysPublish = {
  request: z
    .strictObject({
      action: z.literal('prekeys.publish'),
      id: requestId,
      ec: z.optional(pageOf(preKey, EC_PREKEYS_PER_FRAME)),
      kem: z.optional(pageOf(signedKemPreKey, KEM_PREKEYS_PER_FRAME)),
      signed: z.optional(signedPreKey),
      lastResort: z.optional(signedKemPreKey),
    })
    .check(
      z.refine((frame) => Boolean(frame.ec ?? frame.kem ?? frame.signed ?? frame.lastResort), 'nothing to publish'),
    ),
  reply: z.object({}),
};

export const preKeysCount = {
  request: z.strictObject({ action: z.literal('prekeys.count'), id: requestId }),
  /** `page` 0 means that nothing was published yet; `signed` and `lastResort` are the ids of the keys that are handed out. */
  reply: z.object({ ec: stock, kem: stock, signed: preKeyId, lastResort: preKeyId }),
};

/** Keys to begin a session with one device. The identity key is not in it: it comes from the device list and nowhere else. */
export const preKeyBundle = z.object({
  device: deviceId,
  registration: registrationId,
  signed: signedPreKey,
  kem: signedKemPreKey,
  /** True when the one-time Kyber keys have run out and `kem` is the last resort. */
  lastResort: z.boolean(),
  /** Absent when the one-time keys have run out. */
  ec: z.optional(preKey),
});
export type PreKeyBundle = z.output<typeof preKeyBundle>;

export const preKeysFetch = {
  request: z.strictObject({
    action: z.literal('prekeys.fetch'),
    id: requestId,
    account: accountId,
    token: z.optional(contactToken),
    devices: z
      .array(z.strictObject({ device: deviceId, registration: registrationId }))
      .check(z.minLength(1), z.maxLength(DEVICES)),
  }),
  reply: z.object({
    bundles: z.array(preKeyBundle),
    /** Devices that get no bundle: not in the list, in it with another registration, or not to be read right now. */
    failed: z.array(z.object({ device: deviceId, reason: z.enum(['unknown', 'stale', 'unavailable']) })),
  }),
};
