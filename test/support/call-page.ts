// What the page of the media tests can do: one leg of a call. Runs in a browser.

import type { IceServer, MediaEvent, Sending } from '../../client/call/media.ts';
import type { WebRtcLeg } from '../../client/call/webrtc/leg.ts';
import { browserMedia } from '../../client/call/webrtc/webrtc-media.ts';
import type { Candidate } from '../../client/conversation/call-content.ts';
import { countMedia, type MediaCounts } from './media-counts.ts';

declare global {
  /** Given by the test. */
  function told(event: MediaEvent): void;
}

export type Policy = 'relay' | 'all';

/** What has been used of the browser since the page was loaded. */
const touched = { connections: 0, devices: 0 };
/** The candidates that reached the browser. */
const taken: string[] = [];
let denied: string | undefined;
let connection: RTCPeerConnection | undefined;
let believed: string | undefined;
let leg: WebRtcLeg | undefined;

globalThis.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(configuration?: RTCConfiguration) {
    super(configuration);
    touched.connections++;
    connection = this;
  }

  override setRemoteDescription({ type, sdp = '' }: RTCSessionDescriptionInit): Promise<void> {
    const text = believed === undefined ? sdp : sdp.replace(/(?<=sha-256 ).*/, believed);
    return super.setRemoteDescription({ type, sdp: text });
  }

  override addIceCandidate(candidate: RTCIceCandidateInit | null = null): Promise<void> {
    taken.push(candidate?.candidate ?? '');
    return super.addIceCandidate(candidate);
  }
};

const { mediaDevices } = navigator;
const getUserMedia = mediaDevices.getUserMedia.bind(mediaDevices);
mediaDevices.getUserMedia = (constraints) => {
  touched.devices++;
  if (constraints?.video && denied !== undefined) return Promise.reject(new DOMException('', denied));
  return getUserMedia(constraints);
};

export function open(relays: readonly IceServer[], policy: Policy): void {
  leg = browserMedia().open({ relays, policy, onEvent: told });
}

/** From now on this browser takes the certificate with this fingerprint, whatever it is told. */
export function believe(fingerprint: string): void {
  believed = fingerprint;
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

/** From now on the camera is refused with an error of this name. */
export function denyCamera(error: string): void {
  denied = error;
}

/** How many of these offers the browser itself takes and answers, each on a leg of its own. */
export async function answerAll(offers: readonly string[]): Promise<number> {
  let answered = 0;
  for (const one of offers) {
    const own = browserMedia().open({ relays: [], policy: 'relay', onEvent: () => {} });
    await own.answer(one);
    own.close();
    answered++;
  }
  return answered;
}

/** Red, green and blue in the middle of the picture that is played. */
export function pixel(): number[] {
  const player = document.querySelector('video');
  const canvas = new OffscreenCanvas(1, 1).getContext('2d');
  if (!player || !canvas) return [];
  canvas.drawImage(player, player.videoWidth / 2, player.videoHeight / 2, 1, 1, 0, 0, 1, 1);
  return [...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3)];
}

export const used = () => touched;
export const takenCandidates = () => taken;
export const openDevices = () =>
  (['microphone', 'camera'] as const).filter((device) => opened().sent(device)?.readyState === 'live');
export const counts = async (): Promise<MediaCounts> => countMedia(await connection?.getStats());

/** The types of the addresses that the browser itself has used, told or not. */
export async function gathered(): Promise<string[]> {
  const entries = [...((await connection?.getStats())?.values() ?? [])];
  return [...new Set(entries.filter(({ type }) => type === 'local-candidate').map((one) => one.candidateType))];
}

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
