// What a person does with a call at this device.

import { accept, decline } from './answer.ts';
import { handOver, takeOver } from './handover.ts';
import { hangUp } from './hang-up.ts';
import { setSending, wantVideo } from './sending.ts';
import { type Call, type Turn, turn } from './state.ts';
import type { CallEvent } from './types.ts';

export type Gesture = Extract<
  CallEvent,
  { kind: 'accept' | 'decline' | 'hang-up' | 'set-sending' | 'want-video' | 'hand-over' }
>;

/** @param device this one */
export function takeGesture(call: Call, gesture: Gesture, device: number, now: number): Turn {
  switch (gesture.kind) {
    case 'accept':
      return call.stage === 'offered-here' ? takeOver(call, gesture) : accept(call, gesture, now);
    case 'decline':
      return call.stage === 'offered-here' ? hangUp(call, now) : decline(call, now);
    case 'hang-up':
      return hangUp(call, now);
    case 'set-sending':
      return setSending(call, gesture.sending, now);
    case 'want-video':
      return wantVideo(call, gesture.wanted, now);
    case 'hand-over':
      return gesture.device === device ? turn(call) : handOver(call, gesture.device, now);
  }
}
