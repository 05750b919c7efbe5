// Signals that nobody honest would send: every type, from everybody, in every role.

import { commitmentTo } from '../../../../client/call/machine/commitment.ts';
import type { Said } from '../../../../client/call/machine/types.ts';
import type { CallSignal } from '../../../../client/conversation/call-content.ts';
import { type Device, randomOf, signalOf } from './world.ts';

export interface Sender {
  readonly account: string;
  readonly device: number;
}

const RELAYED = 'candidate:1 1 udp 41885695 192.0.2.9 50000 typ relay raddr 0.0.0.0 rport 0';
const DIRECT = 'candidate:1 1 udp 2122260223 192.0.2.1 4000 typ host x typ relay';

/** Every type of signal from `from` to `to` about a call, in variants. The randoms of an honest offerer are known to it. */
export function forgeries(from: Sender, to: Device, call: string, leg: number): CallSignal[] {
  const on = { call, leg };
  const own = randomOf(`${from.account}${from.device}${to.key}${call}`);
  const timer = { seconds: 0, version: 0 } as const;
  const offer = { type: 'call-offer', ...on, entry: `e${call}`, direct: true, timer, sdp: 'forged' } as const;
  const candidates = [RELAYED, DIRECT].map((candidate) => ({ candidate, mid: '0' }) as const);
  const said: Said[] = [
    { ...offer, media: 'video', commitment: commitmentTo(own) },
    { type: 'call-ringing', ...on },
    { type: 'call-answer', ...on, camera: true, direct: true, random: own, sdp: 'forged' },
    { type: 'call-confirm', ...on, device: to.device, random: own },
    { type: 'call-confirm', ...on, device: to.device, random: randomOf('wrong') },
    { type: 'call-confirm', ...on, device: to.device, random: null },
    { type: 'call-confirm', ...on, device: 7, random: null },
    { type: 'call-confirm', ...on, device: 7, random: own },
    ...[0, 1].map((generation) => ({ type: 'call-candidates', ...on, generation, candidates }) as const),
    ...(['wanted', 'offer', 'answer'] as const).map(
      (kind) =>
        ({ type: 'call-restart', ...on, generation: 1, kind, sdp: kind === 'wanted' ? null : 'forged' }) as const,
    ),
    ...(['off', 'asked', 'agreed', 'refused'] as const).map(
      (video) => ({ type: 'call-state', ...on, revision: 50, microphone: true, camera: true, video }) as const,
    ),
    { type: 'call-decline', ...on },
    { type: 'call-busy', ...on },
    ...(['ended', 'moved', 'failed', 'glare'] as const).map(
      (reason) => ({ type: 'call-hangup', ...on, reason }) as const,
    ),
    { type: 'call-transfer', ...on, device: 8 },
    { type: 'call-transfer', ...on, device: from.device },
  ];
  return said.map((signal) => signalOf(from, to, signal));
}
