// What a person sees.

import { sent } from './sending.ts';
import { type Call, currentLeg, isAnswered, type Stage } from './state.ts';
import type { CallView } from './types.ts';

const PHASES: Readonly<Record<Stage, CallView['phase']>> = {
  calling: 'calling',
  ringing: 'ringing',
  claiming: 'answering',
  declining: 'ended',
  answering: 'answering',
  'offered-here': 'offered-here',
  'taking-over': 'connecting',
  connecting: 'connecting',
  connected: 'connected',
  interrupted: 'interrupted',
  ended: 'ended',
};

export function viewOf(call: Call): CallView {
  const { call: id, account, direction, media, stage, connectedAt, sending } = call;
  const answered = isAnswered(call);
  const leg = stage === 'calling' ? undefined : currentLeg(call);
  return {
    call: id,
    account,
    direction,
    media,
    phase: PHASES[stage],
    reason: stage === 'declining' ? 'declined' : call.reason,
    ringing: call.legs.filter(({ ringing }) => ringing && stage === 'calling').map(({ name }) => name.device),
    device: leg?.name.device,
    connectedAt,
    sending: answered && leg !== undefined ? sent(call, leg) : sending,
    theirs: leg?.theirs ?? { microphone: false, camera: false },
    video: video(call),
  };
}

function video(call: Call): CallView['video'] {
  const leg = currentLeg(call);
  if (!isAnswered(call) || leg === undefined) return 'off';
  if (leg.theirVideo === 'wanted') return call.video ? 'agreed' : 'asked-by-them';
  return call.video ? 'asked-by-us' : 'off';
}
