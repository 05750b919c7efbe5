// Letters that wait to be sent, in the order of writing.

import * as z from 'zod/mini';
import { accountId, bytes, deviceId, messageId } from '../../shared/protocol/fields.ts';
import { timeOf } from '../device/message-id.ts';
import { decodeJson, encodeJson } from '../identity/json-record.ts';
import type { RecordKey, RecordReader, RecordWrite } from '../storage/record-store.ts';
import { type Letter, PAYLOAD_BYTES } from './courier.ts';

const COLLECTION = 'outbox';
const GROUP = 'letters';
/** More than one account that cannot be reached may hold up. */
const PAGE = 2_000;
const KEY_BYTES = 32;

const schema = z.strictObject({
  id: messageId,
  to: accountId,
  conversation: z.optional(z.string()),
  payload: bytes(1, PAYLOAD_BYTES),
  /** Made once: every attempt has to send the same commitment. */
  frankingKey: bytes(KEY_BYTES),
  expires: z.int(),
  urgent: z.boolean(),
  devices: z.optional(z.array(deviceId)),
  newSession: z.optional(z.boolean()),
});
export type WaitingLetter = z.output<typeof schema>;

/** @throws RangeError for a payload that is too large */
export function postLetter(letter: Letter): RecordWrite {
  if (letter.payload.length > PAYLOAD_BYTES) throw new RangeError(`a letter has at most ${PAYLOAD_BYTES} bytes`);
  const { devices, ...rest } = letter;
  const frankingKey = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  const waiting: WaitingLetter = { ...rest, frankingKey, ...(devices && { devices: [...devices] }) };
  return { put: COLLECTION, key: keyOf(letter), value: encodeJson(schema, waiting) };
}

export function removeLetter(letter: Pick<Letter, 'id' | 'to'>): RecordWrite {
  return { delete: COLLECTION, key: keyOf(letter) };
}

/** The next letters; after those are gone there may be more. */
export async function readOutbox(read: RecordReader): Promise<WaitingLetter[]> {
  const found = await read.range(COLLECTION, { group: GROUP, limit: PAGE });
  return found.map(({ value }) => decodeJson(schema, value));
}

export async function isWaiting(read: RecordReader, letter: Pick<Letter, 'id' | 'to'>): Promise<boolean> {
  return (await read.get(COLLECTION, keyOf(letter))) !== undefined;
}

const keyOf = ({ id, to }: Pick<Letter, 'id' | 'to'>): RecordKey => ({
  group: GROUP,
  order: timeOf(id),
  name: `${id}/${to}`,
});
