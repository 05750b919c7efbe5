// What the page of the media tests can do: one leg of a call. Runs in a browser.

import { type IceServer, MediaError, type MediaEvent, type Sending } from '../../client/call/media.ts';
import { browserCapture } from '../../client/call/webrtc/capture.ts';
import type { WebRtcLeg } from '../../client/call/webrtc/leg.ts';
import { webRtcMedia } from '../../client/call/webrtc/webrtc-media.ts';
import type { Candidate } from '../../client/conversation/call-content.ts';
import { countMedia, type MediaCounts } from './media-counts.ts';
import { connectionThatBelieves } from './trusting-connection.ts';

declare global {
  /** Given by the test. */
  function told(event: MediaEvent): void;
}

export type Policy = 'relay' | 'all';

/** What has been used of the browser since the page was loaded. */
const touched = { connections: 0, devices: 0 };
let connection: RTCPeerConnection | undefined;
let leg: WebRtcLeg | undefined;

class CountedConnection extends RTCPeerConnection {
  constructor(configuration: RTCConfiguration) {
    super(configuration);
    touched.connections++;
    connection = this;
  }
}

const countedCapture = {
  microphone: () => {
    touched.devices++;
    return browserCapture.microphone();
  },
  camera: () => {
    touched.devices++;
    return browserCapture.camera();
  },
};

/** @param believed the fingerprint that a browser without a check of its own would take for that of the other side */
export function open(relays: readonly IceServer[], policy: Policy, believed?: string): void {
  const Connection = believed === undefined ? CountedConnection : connectionThatBelieves(CountedConnection, believed);
  const media = webRtcMedia({ RTCPeerConnection: Connection, capture: countedCapture });
  leg = media.open({ relays, policy, onEvent: told });
}

export const offer = () => opened().offer();
export const answer = (sdp: string) => opened().answer(sdp).then(played);
export const accept = (sdp: string) => opened().accept(sdp).then(played);
export const add = (candidate: Candidate, generation: number) => opened().add(candidate, generation);
export const restart = (generation: number, relays: readonly IceServer[], policy: Policy) =>
  opened().restart(generation, relays, policy);
export const restartAnswer = (sdp: string, generation: number, relays: readonly IceServer[], policy: Policy) =>
  opened().restartAnswer(sdp, generation, relays, policy);
export const restartAccept = (sdp: string, generation: number) => opened().restartAccept(sdp, generation);
export const send = (wanted: Sending) => opened().send(wanted);
export const fingerprints = () => opened().fingerprints;
export const close = () => opened().close();

/** The code of the error with which something is refused. */
export async function refusal(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
    return 'accepted';
  } catch (error) {
    return error instanceof MediaError ? error.code : String(error);
  }
}

export const used = () => touched;
export const openDevices = () =>
  (['microphone', 'camera'] as const).filter((device) => opened().sent(device)?.readyState === 'live');
export const counts = async (): Promise<MediaCounts> => countMedia(await connection?.getStats());

function opened(): WebRtcLeg {
  if (!leg) throw new Error('no leg is open in this page');
  return leg;
}

/** Chromium decodes sound only for somebody who listens. */
function played<Value>(value: Value): Value {
  const player = document.createElement('video');
  player.srcObject = new MediaStream(opened().received);
  player.autoplay = true;
  document.body.append(player);
  return value;
}
