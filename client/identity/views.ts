// What rides encrypted beside the content of every message: which lists the sender holds, which selection of devices it uses, and who it
// is for a recipient that has never heard of it. No text: nothing here needs to be reported.

import * as z from 'zod/mini';
import { utf8 } from '../../shared/protocol/bytes.ts';
import { accountId, bytes, contactToken, deviceId, hash, sequence, whole } from '../../shared/protocol/fields.ts';
import { DEVICES } from '../../shared/protocol/limits.ts';
import { decodeJson } from './json-record.ts';

/** A list by its place and hash. */
const view = z.strictObject({ sequence, hash });
export type View = z.output<typeof view>;

export const selectedDevice = z.strictObject({ id: deviceId, added: sequence });

/** Which devices of one account take part in one conversation. */
export const selection = z.strictObject({
  version: whole(1, 1_000_000),
  /** Hash of the version before; null in the first. */
  previous: z.nullable(hash),
  /** In ascending order of id. */
  devices: z.array(selectedDevice).check(z.maxLength(DEVICES)),
});
export type Selection = z.output<typeof selection>;

const selectionView = z.strictObject({ version: whole(1, 1_000_000), hash });

const inConversation = z.strictObject({
  /** The conversation's id, as the layer above names it. */
  conversation: z.string().check(z.regex(/^[A-Za-z0-9_-]{1,64}$/)),
  /** The selections that the sender holds of its own account and of the recipient's; null: none yet. */
  from: z.nullable(selectionView),
  to: z.nullable(selectionView),
  /** Its own account's selection, the latest last: when it is new, or the recipient was seen to hold another. */
  offered: z.optional(z.array(selection).check(z.minLength(1), z.maxLength(16))),
});

export const views = z.strictObject({
  version: z.literal(1),
  /** The sender's own list. */
  from: view,
  /** The recipient's list as the sender holds it. */
  to: view,
  selections: z.optional(inConversation),
  /** How to reach the sender's account: until it has been answered. */
  introduction: z.optional(z.strictObject({ commitment: bytes(32), token: contactToken })),
  /** From one device of an account to the others: what a contact was shown as this account's list. */
  alarm: z.optional(z.strictObject({ sequence, hash, by: accountId, device: deviceId })),
});
export type Views = z.output<typeof views>;

/** @throws when a field does not fit the schema */
export function encodeViews(value: Views): Uint8Array {
  return utf8(JSON.stringify(z.encode(views, value)));
}

/** Undefined for what is not exactly of this form. */
export function decodeViews(value: Uint8Array): Views | undefined {
  try {
    return decodeJson(views, value);
  } catch {
    return undefined;
  }
}
