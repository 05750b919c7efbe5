// Whose word about calls is passed on: that of the very device it names, to this one, in an accepted conversation.

import type { CallHandover, CallSignal } from './call-content.ts';
import type { CallHeard } from './call-ear.ts';
import { loadConversation } from './conversation.ts';
import type { Delivered } from './courier.ts';
import { isTimely } from './payload.ts';
import type { Work } from './work.ts';

/** @param signal of an accepted account */
export async function hearSignal(work: Work, signal: CallSignal, delivered: Delivered): Promise<CallHeard | undefined> {
  if (!isBetweenThem(signal, work, delivered)) return undefined;
  // The entry's id is the place of the call among the messages.
  if (signal.type === 'call-offer' && !isTimely({ ...delivered, id: signal.entry })) return undefined;
  const mutedUntil = (await loadConversation(work, signal.from))?.mutedUntil ?? 0;
  return { kind: 'signal', signal, stamped: delivered.stamp.time, mayRing: mutedUntil <= work.time.now };
}

/** From an own device, about a call with somebody who is accepted here as well. */
export async function hearHandover(
  work: Work,
  handover: CallHandover,
  delivered: Delivered,
): Promise<CallHeard | undefined> {
  const { peer, caller } = handover;
  if (!isBetweenThem(handover, work, delivered) || (caller !== peer && caller !== work.courier.account))
    return undefined;
  if ((await loadConversation(work, peer))?.standing !== 'accepted') return undefined;
  return { kind: 'handover', handover, stamped: delivered.stamp.time };
}

const isBetweenThem = (
  { fromDevice, toDevice }: Pick<CallSignal, 'fromDevice' | 'toDevice'>,
  { courier }: Work,
  { senderDevice }: Delivered,
): boolean => fromDevice === senderDevice && toDevice === courier.device;
