import { webPlatform } from '../../transport/platform.ts';
import type { LegOptions, MediaEngine } from '../media.ts';
import { browserCapture } from './capture.ts';
import { CaptureAhead } from './capture-ahead.ts';
import { type WebRtc, WebRtcLeg } from './leg.ts';

export interface WebRtcMedia extends MediaEngine {
  open(options: LegOptions): WebRtcLeg;
}

/**
 * Media over an implementation of WebRTC: a browser's, or that of @roamhq/wrtc in Node. Both fall to the same checks; whether the media keys are post-quantum
 * depends on the implementation (CALLS.md, section 6).
 */
export function webRtcMedia(webRtc: Omit<WebRtc, 'timer'> & Partial<Pick<WebRtc, 'timer'>>): WebRtcMedia {
  const capture = new CaptureAhead(webRtc.capture);
  return {
    open: (options) => new WebRtcLeg({ timer: webPlatform, ...webRtc, capture }, options),
    prepare: (wanted) => capture.prepare(wanted),
    release: () => capture.release(),
  };
}

/** Media of this browser, with the microphone and the camera that its person chooses. */
export const browserMedia = (): WebRtcMedia => webRtcMedia({ RTCPeerConnection, capture: browserCapture });
