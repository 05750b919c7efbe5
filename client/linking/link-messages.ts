// What the two devices say to each other: three messages in clear that lead to the keys, then sealed ones. Each kind is accepted only where
// it is expected.

import * as z from 'zod/mini';
import { devicePreKeys } from '../../shared/protocol/account.ts';
import {
  accountId,
  bytes,
  contactToken,
  deviceId,
  ecKey,
  registrationId,
  sequence,
  signature,
} from '../../shared/protocol/fields.ts';
import { decodeJson, encodeJson } from '../identity/json-record.ts';
import { LinkError } from './link-error.ts';

export const LINK_MESSAGES = {
  /** In clear, the key holder's: commitment to its ephemeral key. */
  commit: z.strictObject({ kind: z.literal('commit'), commitment: bytes(32) }),
  /** In clear, the new device's. */
  nonce: z.strictObject({ kind: z.literal('nonce'), nonce: bytes(32) }),
  /** In clear, the key holder's: the ephemeral key. */
  key: z.strictObject({ kind: z.literal('key'), key: bytes(32) }),
  /** The new device: what it is called, and its public keys. */
  request: z.strictObject({
    kind: z.literal('request'),
    name: z.string().check(z.minLength(1), z.maxLength(64)),
    identityKey: ecKey,
    connectKey: bytes(32),
    registration: registrationId,
  }),
  /** The key holder, after its person said yes; again when another list came first. */
  offer: z.strictObject({
    kind: z.literal('offer'),
    account: accountId,
    commitment: bytes(32),
    token: contactToken,
    id: deviceId,
    added: sequence,
  }),
  /** The new device, after its person said yes. */
  consent: z.strictObject({
    kind: z.literal('consent'),
    consents: z.strictObject({ identity: signature, connect: signature }),
    prekeys: devicePreKeys,
  }),
  /** The key holder: the device is in the list. */
  done: z.strictObject({ kind: z.literal('done'), sequence }),
  /** Either: the person said no. */
  refuse: z.strictObject({ kind: z.literal('refuse') }),
} as const;

export type LinkMessageKind = keyof typeof LINK_MESSAGES;
export type LinkMessage<Kind extends LinkMessageKind> = z.output<(typeof LINK_MESSAGES)[Kind]>;
export type AnyLinkMessage = { [Kind in LinkMessageKind]: LinkMessage<Kind> }[LinkMessageKind];

const anyMessage = z.discriminatedUnion('kind', [
  LINK_MESSAGES.commit,
  LINK_MESSAGES.nonce,
  LINK_MESSAGES.key,
  LINK_MESSAGES.request,
  LINK_MESSAGES.offer,
  LINK_MESSAGES.consent,
  LINK_MESSAGES.done,
  LINK_MESSAGES.refuse,
]);

export function encodeLinkMessage(message: AnyLinkMessage): Uint8Array {
  return encodeJson(anyMessage, message);
}

/** @throws LinkError `tampered` for anything but a message of one of these kinds, `refused` for a refusal that was not asked for */
export function decodeLinkMessage<Kind extends LinkMessageKind>(
  data: Uint8Array,
  kinds: readonly Kind[],
): LinkMessage<Kind> {
  let message: AnyLinkMessage;
  try {
    message = decodeJson(anyMessage, data);
  } catch {
    throw new LinkError('tampered');
  }
  const expected: readonly LinkMessageKind[] = kinds;
  if (expected.includes(message.kind)) return message as LinkMessage<Kind>;
  throw new LinkError(message.kind === 'refuse' ? 'refused' : 'tampered');
}
