// What a letter does here. All of it may come in any order and more than once: each effect is the same the second time.

import { base64UrlEncode } from '../../shared/protocol/base64url.ts';
import type { CallHandover, CallSignal } from './call-content.ts';
import type { CallHeard } from './call-ear.ts';
import { hearHandover, hearSignal } from './call-hearing.ts';
import { applyEntry, applyNote } from './call-log.ts';
import type { ContentOf, OwnContent, PeerContent, Said, Written } from './content.ts';
import { follow, learnTimer, takePart } from './conversation.ts';
import type { Delivered } from './courier.ts';
import { incomingMessage, syncedMessage } from './message.ts';
import { openLetter } from './payload.ts';
import { applyReceipt, oweReceipt } from './receipts.ts';
import type { Proof } from './records.ts';
import { isAdmitted } from './requests.ts';
import { closeGap, sayAgain, wasAskedFor } from './resends.ts';
import { followSettings } from './settings.ts';
import { applyChange, applyRead, storeMessage } from './store-message.ts';
import type { Work } from './work.ts';

/** What is told and leaves no trace: somebody is writing or has stopped, or says something about a call. */
export type Told = { readonly kind: 'typing'; readonly account: string; readonly active: boolean } | CallHeard;

/** Applies a letter. What it tells without leaving a trace is returned. */
export async function receive(work: Work, delivered: Delivered): Promise<Told | undefined> {
  const incoming = openLetter(delivered, work.courier.account);
  if (!incoming) return undefined;
  if (incoming.channel === 'own') return fromOwnDevice(work, incoming.content, delivered);
  if (await isAdmitted(work, incoming.content)) return fromPeer(work, incoming.content, delivered);
  return undefined;
}

async function fromPeer(work: Work, content: PeerContent, delivered: Delivered): Promise<Told | undefined> {
  if (content.type === 'typing') return { kind: 'typing', account: content.from, active: content.active };
  if ('fromDevice' in content) return hearSignal(work, content, delivered);
  await apply(work, content, delivered);
  return undefined;
}

async function apply(
  work: Work,
  content: Exclude<PeerContent, { type: 'typing' } | CallSignal>,
  delivered: Delivered,
): Promise<void> {
  switch (content.type) {
    case 'receipt':
      return applyReceipt(work, content);
    case 'call':
      return applyNote(work, content);
    case 'resend-request':
      return sayAgain(work, content, delivered.senderDevice);
    case 'resent': {
      if (!(await wasAskedFor(work, content.from, content.original.id))) return;
      await closeGap(work, content.from, content.original.id);
      return saidByPeer(work, content.original, delivered);
    }
    case 'text':
    case 'edit':
    case 'reaction':
    case 'delete':
    case 'timer':
      return saidByPeer(work, content, delivered);
  }
}

async function saidByPeer(work: Work, said: Said, delivered: Delivered): Promise<void> {
  if (said.type === 'text') return storeIncoming(work, said, delivered);
  if (said.type === 'timer') return learnTimer(work, said.from, said.timer);
  await applyChange(work, said.from, said);
}

async function storeIncoming(work: Work, original: Written, delivered: Delivered): Promise<void> {
  const { from, id } = original;
  const place = { conversation: from, author: from, id };
  await learnTimer(work, from, original.timer);
  const stored = await storeMessage(work, place, incomingMessage(original, proofOf(delivered)));
  if (stored?.kind === 'text') await oweReceipt(work, place, stored, 'delivered');
}

async function fromOwnDevice(work: Work, content: OwnContent, delivered: Delivered): Promise<Told | undefined> {
  if (content.type === 'call-handover') return hearHandover(work, content, delivered);
  await applyOwn(work, content, delivered);
  return undefined;
}

async function applyOwn(
  work: Work,
  content: Exclude<OwnContent, CallHandover>,
  { senderDevice }: Delivered,
): Promise<void> {
  switch (content.type) {
    case 'sent':
      return saidByOwnDevice(work, content);
    case 'call-entry':
      return applyEntry(work, content);
    case 'read':
      return applyRead(work, content);
    case 'standing':
      return follow(work, content);
    case 'settings':
      return followSettings(work, content);
    case 'resend-request':
      return sayAgain(work, content, senderDevice);
  }
}

async function saidByOwnDevice(work: Work, { original, deadline }: ContentOf<'sent'>): Promise<void> {
  const { to: conversation, from: author, id } = original;
  // Whoever writes to a stranger accepts them, on any device.
  await takePart(work, conversation);
  if (original.type === 'timer') return learnTimer(work, conversation, original.timer);
  if (original.type !== 'text') return void (await applyChange(work, conversation, original));
  await learnTimer(work, conversation, original.timer);
  await storeMessage(work, { conversation, author, id }, syncedMessage(original, deadline));
}

function proofOf({ senderDevice, stamp, commitment, frankingKey }: Delivered): Proof {
  return {
    device: senderDevice,
    week: stamp.week,
    time: stamp.time,
    tag: base64UrlEncode(stamp.tag),
    commitment: base64UrlEncode(commitment),
    frankingKey: base64UrlEncode(frankingKey),
  };
}
