import type { SignalFields } from '../../client/conversation/call-content.ts';
import type { CallTold } from '../../client/conversation/call-ear.ts';
import type { CallFacts } from '../../client/conversation/call-entry.ts';
import type { Conversations } from '../../client/conversation/conversations.ts';

/** A call id; `digit` makes it another one. */
export const callId = (digit = 0) => `${digit}${'A'.repeat(21)}`;
export const CALL = callId();

export const offerOf = (entry: string, sdp = 'v=0\r\n'): Extract<SignalFields, { type: 'call-offer' }> => ({
  type: 'call-offer',
  call: CALL,
  leg: 1,
  entry,
  media: 'audio',
  direct: false,
  commitment: 'A'.repeat(43),
  timer: { seconds: 0, version: 0 },
  sdp,
});

/** `generation` tells one from the other. */
export const candidatesOf = (generation: number): Extract<SignalFields, { type: 'call-candidates' }> => ({
  type: 'call-candidates',
  call: CALL,
  leg: 1,
  generation,
  candidates: [{ candidate: 'candidate:1 1 udp 1 192.0.2.1 3478 typ relay', mid: '0' }],
});

export const factsOf = (changes: Partial<CallFacts> & Pick<CallFacts, 'id' | 'conversation' | 'caller'>) => ({
  ...({ call: CALL, media: 'audio', outcome: 'answered', seconds: 0, timer: { seconds: 0, version: 0 } } as const),
  ...changes,
});

/** What calls are told from now on. */
export function listen({ calls }: Conversations): CallTold[] {
  const heard: CallTold[] = [];
  calls.onTold((told) => heard.push(told));
  return heard;
}
