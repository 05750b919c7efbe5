// One envelope from the server: who says it is from whom is the server's word; what is believed is what the sender's accepted list and
// Signal's session say.

import type { Envelope, Stamp } from '../../shared/protocol/message.ts';
import { deviceOf, type KnownAccount, withHeard } from '../identity/known-account.ts';
import { requireOwn } from '../identity/own-account.ts';
import { judgeViews } from '../identity/view-judgement.ts';
import type { Views } from '../identity/views.ts';
import { ProtocolError, type ProtocolErrorCode } from '../signal-protocol/index.ts';
import type { RecordWrite } from '../storage/record-store.ts';
import { introductionIn } from './introduction.ts';
import { type KeptMessage, settleMessage } from './kept-messages.ts';
import { decodeBody, type MessageBody } from './message-body.ts';
import { openEnvelope } from './opening.ts';
import type { DeviceParts } from './parts.ts';

export interface Received {
  readonly message: string;
  readonly sender: string;
  readonly senderDevice: number;
  readonly content: Uint8Array;
  readonly conversation: string | undefined;
  /** Whether the sending device takes part in the conversation, as far as is known. */
  readonly senderTakesPart: boolean;
  /** For a report: 32 bytes, and the server's word. */
  readonly frankingKey: Uint8Array;
  readonly stamp: Stamp;
  readonly commitment: Uint8Array;
  readonly urgent: boolean;
  /** To be written in one batch with what the message does. Until it is, the message is delivered again. */
  readonly settled: RecordWrite;
}

/** Never to be shown; `reason` is the engine's code, or `body` for an authentic message without a valid content. */
interface Discard {
  readonly kind: 'discard';
  readonly reason: ProtocolErrorCode | 'body';
}

/**
 * - kept: authentic and durable; it may be acknowledged
 * - hold: nothing can be said yet, or it is in the name of a device that is in no list; it is not acknowledged
 */
export type Opening = { readonly kind: 'kept'; readonly kept: KeptMessage } | { readonly kind: 'hold' } | Discard;

/** `handled`: only about devices. */
export type Reception =
  | { readonly kind: 'message'; readonly received: Received; readonly answer: Answer }
  | { readonly kind: 'handled'; readonly answer: Answer }
  | Discard;

/** What the message calls for. */
export interface Answer {
  /** An alarm that the account's other devices have to hear. */
  readonly alarm: Views['alarm'];
  /** The conversation in which the sender holds another selection of this account than this device does. */
  readonly selection: string | undefined;
}

/**
 * Opens an envelope. What was in it is kept from then on, whatever happens, until {@link settleMessage} is written.
 *
 * @throws StorageError; TransportError and ProtocolError of the server when it had to be asked: hold the message
 */
export async function receive(envelope: Envelope, parts: DeviceParts): Promise<Opening> {
  const known = await listing(envelope, parts);
  if (!known) return { kind: 'hold' };
  try {
    return { kind: 'kept', kept: await openEnvelope(envelope, parts) };
  } catch (error) {
    return refusal(error, envelope, known, parts);
  }
}

/** What a kept message says, after what it says about devices was taken. May be called again after a crash. @throws StorageError */
export async function takeKept(kept: KeptMessage, parts: DeviceParts): Promise<Reception> {
  const { sender, senderDevice } = kept;
  const body = decodeBody(kept.body, kept.commitment);
  if (!body) return { kind: 'discard', reason: 'body' };
  await parts.book.note(sender, (latest) => withHeard(latest, senderDevice));
  const own = await requireOwn(parts.store);
  const alarm = await judgeViews(own.account, { account: sender, device: senderDevice }, body.views, parts);
  const selections = await judgeSelections(own.account, kept, body.views, parts);
  const answer = { alarm, selection: selections.answer };
  if (body.content.length === 0) return { kind: 'handled', answer };
  return { kind: 'message', received: receivedOf(kept, body, selections.takesPart), answer };
}

/** The sender's account when its accepted list has the sending device; asks the server where it does not. */
async function listing(envelope: Envelope, parts: DeviceParts): Promise<KnownAccount | undefined> {
  const { sender: account, senderDevice } = envelope;
  const known = await parts.book.get(account);
  if (known && deviceOf(known, senderDevice)) return known;
  const refreshed = known ? await parts.fetcher.refresh({ account }) : await met(envelope, parts);
  if (!refreshed) return undefined;
  if (deviceOf(refreshed, senderDevice)) return refreshed;
  await tellImpostor(refreshed, senderDevice, parts);
  return undefined;
}

/** An account that this device has not heard of: its own, right after it was linked, or one that introduces itself. */
async function met(envelope: Envelope, parts: DeviceParts): Promise<KnownAccount | undefined> {
  const { account, commitment } = await requireOwn(parts.store);
  if (envelope.sender === account) return parts.fetcher.refresh({ account, commitment });
  const introduction = await introductionIn(envelope, parts);
  if (!introduction) return undefined;
  return parts.fetcher.refresh({ account: envelope.sender, commitment: introduction.commitment }, introduction);
}

async function refusal(
  error: unknown,
  { senderDevice }: Envelope,
  known: KnownAccount,
  parts: DeviceParts,
): Promise<Opening> {
  if (!(error instanceof ProtocolError)) throw error;
  if (error.code === 'CONCURRENT_CHANGE') return { kind: 'hold' };
  if (error.code === 'UNTRUSTED_IDENTITY') await tellImpostor(known, senderDevice, parts);
  return { kind: 'discard', reason: error.code };
}

async function tellImpostor({ pinned }: KnownAccount, device: number, { book }: DeviceParts): Promise<void> {
  const { account, sequence } = pinned.content;
  await book.tell({ kind: 'impostor', account, sequence, device });
}

async function judgeSelections(
  own: string,
  { sender, senderDevice }: KeptMessage,
  { selections: said }: Views,
  { selections }: DeviceParts,
): Promise<{ takesPart: boolean; answer: string | undefined }> {
  if (!said) return { takesPart: true, answer: undefined };
  const { conversation, offered } = said;
  if (offered) await selections.take(conversation, sender, senderDevice, offered);
  await selections.begin(conversation, own);
  const taking = await selections.devices(conversation, sender);
  // A first version goes with this device's own next message; answering at once would only tell that it has read this one.
  const isBeginning = said.to === null && (await selections.versions(conversation, own)).length === 1;
  const isBehind = !isBeginning && !(await selections.agrees(conversation, own, said.to));
  return { takesPart: taking.some(({ id }) => id === senderDevice), answer: isBehind ? conversation : undefined };
}

function receivedOf(
  kept: KeptMessage,
  { content, frankingKey, views }: MessageBody,
  senderTakesPart: boolean,
): Received {
  const { body: _, ...envelope } = kept;
  const conversation = views.selections?.conversation;
  return { ...envelope, content, conversation, senderTakesPart, frankingKey, settled: settleMessage(kept) };
}
