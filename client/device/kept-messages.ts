// Messages that were decrypted and not yet taken by the layer above. They are written with the session that opened them: the key of a message
// is used up once, so no crash may come between the two.

import * as z from 'zod/mini';
import { accountId, bytes, deviceId, hash, messageId } from '../../shared/protocol/fields.ts';
import { CIPHERTEXT_BYTES } from '../../shared/protocol/limits.ts';
import { type Envelope, stamp } from '../../shared/protocol/message.ts';
import { decodeJson, encodeJson } from '../identity/json-record.ts';
import type { RecordKey, RecordReader, RecordWrite } from '../storage/record-store.ts';
import { timeOf } from './message-id.ts';

const COLLECTION = 'inbox';
const GROUP = 'kept';
const PAGE = 1_000;

const schema = z.strictObject({
  message: messageId,
  sender: accountId,
  senderDevice: deviceId,
  commitment: hash,
  stamp,
  urgent: z.boolean(),
  /** Decrypted; see message-body.ts. */
  body: bytes(1, CIPHERTEXT_BYTES),
});
export type KeptMessage = z.output<typeof schema>;

export function keepMessage(envelope: Envelope, body: Uint8Array): { kept: KeptMessage; write: RecordWrite } {
  const { message, sender, senderDevice, commitment, stamp: stamped, urgent } = envelope;
  const kept = { message, sender, senderDevice, commitment, stamp: stamped, urgent, body };
  return { kept, write: { put: COLLECTION, key: keyOf(kept), value: encodeJson(schema, kept) } };
}

/** To be written with what the message does. */
export function settleMessage(kept: KeptMessage): RecordWrite {
  return { delete: COLLECTION, key: keyOf(kept) };
}

/** What waits, in the order of the messages' ids as far as their times tell. */
export async function readKept(read: RecordReader): Promise<KeptMessage[]> {
  const found = await read.range(COLLECTION, { group: GROUP, limit: PAGE });
  return found.map(({ value }) => decodeJson(schema, value));
}

function keyOf({ message, sender, senderDevice }: KeptMessage): RecordKey {
  return { group: GROUP, order: timeOf(message), name: `${message}/${sender}/${senderDevice}` };
}
