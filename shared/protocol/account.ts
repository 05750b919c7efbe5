import * as z from 'zod/mini';
import {
  accountId,
  bytes,
  contactToken,
  deviceId,
  hash,
  identityKey,
  requestId,
  sequence,
  signature,
  time,
} from './fields.ts';
import { ADMISSION_CHARACTERS, CONTACT_TOKENS, DEVICES, LIST_PAYLOAD_BYTES, LIST_SIGNATURES } from './limits.ts';
import { signedKemPreKey, signedPreKey } from './prekeys.ts';

/** A device list as it is stored and forwarded: opaque until a signature over the payload holds. */
export const signedDeviceList = z.strictObject({
  payload: bytes(1, LIST_PAYLOAD_BYTES),
  signatures: z
    .array(z.strictObject({ alg: z.literal('Ed25519'), by: bytes(32), signature }))
    .check(z.minLength(1), z.maxLength(LIST_SIGNATURES)),
});
export type SignedDeviceList = z.output<typeof signedDeviceList>;

/** A device's own word that it belongs to an account, by each of its two keys. */
export const deviceConsents = z.strictObject({ identity: signature, connect: signature });

/** What a new device must bring along, so that it can be written to from the moment it is in the list. */
export const devicePreKeys = z.strictObject({ device: deviceId, signed: signedPreKey, lastResort: signedKemPreKey });
export type DevicePreKeys = z.output<typeof devicePreKeys>;

/** The account key's word that a list is still the current one, made at `time`. */
export const freshness = z.strictObject({ time, signature });
export type Freshness = z.output<typeof freshness>;

const tokens = z.array(hash).check(z.maxLength(CONTACT_TOKENS));

export const accountCreate = {
  request: z.strictObject({
    action: z.literal('account.create'),
    id: requestId,
    /** The list with sequence 1 and one device. */
    list: signedDeviceList,
    prekeys: devicePreKeys,
    /** SHA-256 of each contact token. */
    tokens,
    /** The invite code or the operator's JWT, where the deployment asks for one. */
    admission: z.optional(z.string().check(z.maxLength(ADMISSION_CHARACTERS))),
  }),
  reply: z.object({ account: accountId, sequence, hash }),
};

export const accountReserve = {
  request: z.strictObject({
    action: z.literal('account.reserve'),
    id: requestId,
    device: z.strictObject({
      id: deviceId,
      identityKey,
      connectKey: bytes(32),
      added: sequence,
      consents: deviceConsents,
    }),
  }),
  reply: z.object({}),
};

export const accountPublish = {
  request: z.strictObject({
    action: z.literal('account.publish'),
    id: requestId,
    /** From a guest only one by which the recovery key takes the account over. */
    list: signedDeviceList,
    /** One entry for each device that the list adds. */
    prekeys: z.array(devicePreKeys).check(z.maxLength(DEVICES)),
  }),
  reply: z.object({ sequence, hash, removed: z.array(deviceId) }),
};

export const accountFresh = {
  request: z.strictObject({ action: z.literal('account.fresh'), id: requestId, fresh: freshness }),
  reply: z.object({}),
};

export const accountTokens = {
  request: z.strictObject({ action: z.literal('account.tokens'), id: requestId, tokens }),
  reply: z.object({}),
};

export const accountLists = {
  request: z.strictObject({
    action: z.literal('account.lists'),
    id: requestId,
    account: accountId,
    /** Needed for every account but one's own. */
    token: z.optional(contactToken),
    /** From a guest, in place of a token: the public recovery key whose SHA-256 is in the current list. */
    recovery: z.optional(bytes(32)),
    /** Lists after this sequence; 0 asks for the whole chain. */
    after: z.union([z.literal(0), sequence]),
  }),
  reply: z.object({
    /** In order, as many as fit a frame. */
    lists: z.array(signedDeviceList),
    /** True when there are more than fitted. */
    more: z.boolean(),
    /** The sequence of the current list. */
    sequence,
    fresh: z.optional(freshness),
    /** SHA-256 of each contact token, for the account's own devices and whoever recovers it. */
    tokens: z.optional(tokens),
  }),
};
