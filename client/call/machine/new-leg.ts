// Legs as they begin.

import type { CallSignalOf } from '../../conversation/call-content.ts';
import type { Call, Leg } from './state.ts';
import type { CallEffect, LegName } from './types.ts';

/** A leg that this device offers: its media is open at once, by the gesture of whoever calls. */
export function offeredLeg(name: LegName, random: string | undefined, video: boolean): Leg {
  return {
    ...begun(name),
    role: 'offerer',
    random,
    opened: true,
    theirs: { microphone: false, camera: false },
    theirVideo: video ? 'wanted' : 'off',
  };
}

/** A leg that this device is to offer once its person takes the call over. */
export function handedLeg(name: LegName, video: boolean): Leg {
  return { ...offeredLeg(name, undefined, video), opened: false };
}

/** A leg that was offered to this device. Nothing is open. */
export function ringingLeg(offer: CallSignalOf<'call-offer'>): Leg {
  const { call, leg, from, fromDevice, media, direct, sdp, commitment } = offer;
  const video = media === 'video';
  return {
    ...begun({ call, leg, account: from, device: fromDevice }),
    role: 'answerer',
    offer: { sdp, commitment },
    direct,
    theirs: { microphone: true, camera: video },
    theirVideo: video ? 'wanted' : 'off',
  };
}

/** Where both people allow a direct path, one may be used without a relay. A caller knows only its own person's mind. */
export function open({ name, role, offer, direct }: Leg, call: Call): CallEffect {
  const both = call.direct && (role === 'offerer' || direct);
  return { kind: 'open', name, offer: offer?.sdp, needsRelay: !both };
}

function begun(name: LegName): Leg {
  return {
    name,
    role: 'answerer',
    random: undefined,
    theirRandom: undefined,
    offer: undefined,
    opened: false,
    said: false,
    confirmed: false,
    ringing: false,
    direct: false,
    path: 'none',
    decoding: false,
    generation: 0,
    restarting: false,
    answered: 0,
    waiting: [],
    theirs: { microphone: false, camera: false },
    theirVideo: 'off',
    theirRevision: 0,
  };
}
