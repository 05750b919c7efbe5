// What the page of the benchmark can do: calls of the whole client, and two bare peer connections. Runs in a browser.

import { browserCapture } from '../../client/call/webrtc/capture.ts';
import { type ShownCall, type Sotto, WebRtcLeg } from '../../client/index.ts';
import { devicesOf, person, until } from './people.ts';

export { acquaint, signUp } from './people.ts';

const isOver = ({ phase }: ShownCall) => phase === 'ended';

/** Milliseconds from the gesture of the caller until each sees the first frame of the other. The callee accepts as soon as it rings. */
export async function firstFrames(from: string, to: string): Promise<number> {
  const [caller, callee] = [person(from), person(to)];
  const start = performance.now();
  const ringing = until(callee, ({ phase }) => phase === 'ringing');
  const call = await caller.calls.place(callee.account, { media: 'video' });
  callee.calls.accept((await ringing).call, { camera: true });
  const frames = await Promise.all([caller, callee].map((device) => frameOf(device, call)));
  const time = Math.max(...frames) - start;
  await hangUp(caller, call, [callee]);
  return time;
}

/** One call to all devices of somebody: it rings at each, one answers it and sees the caller, and the caller ends it. */
export async function answered(from: string, to: string): Promise<void> {
  const [caller, callee, all] = [person(from), person(to), devicesOf(to)];
  const call = await ring(caller, all);
  const others = all.filter((device) => device !== callee);
  callee.calls.accept(call, { camera: true });
  const frames = [caller, callee].map((device) => frameOf(device, call));
  await Promise.all([
    ...frames,
    ...others.map((device) => until(device, (shown) => shown.call === call && isOver(shown))),
  ]);
  await hangUp(caller, call, [callee]);
}

/** One call that the caller gives up while it rings at every device of somebody. */
export async function missed(from: string, to: string): Promise<void> {
  const [caller, all] = [person(from), devicesOf(to)];
  await hangUp(caller, await ring(caller, all), all);
}

async function ring(caller: Sotto, all: readonly Sotto[]): Promise<string> {
  const [callee] = all;
  if (!callee) throw new Error('nobody is called');
  const call = await caller.calls.place(callee.account, { media: 'video' });
  const is = (shown: ShownCall) => shown.call === call;
  await Promise.all(all.map((device) => until(device, (shown) => is(shown) && shown.phase === 'ringing')));
  await until(caller, (shown) => is(shown) && shown.ringing.length === all.length);
  return call;
}

async function hangUp(caller: Sotto, call: string, others: readonly Sotto[]): Promise<void> {
  caller.calls.hangUp(call);
  await Promise.all(others.map((device) => until(device, (shown) => shown.call === call && isOver(shown))));
}

/** When the first frame of the other side is there to be shown, by the clock of the page. */
async function frameOf(device: Sotto, call: string): Promise<number> {
  await until(device, (shown) => shown.call === call && device.calls.media(call) !== undefined);
  const leg = device.calls.media(call);
  if (!(leg instanceof WebRtcLeg)) throw new Error('the call has no media of a browser');
  return shown(leg.received);
}

/** Milliseconds from nothing until each of two bare peer connections, signalled here, sees the first frame of the other through the relay. */
export async function bareFrames(relays: RTCIceServer[]): Promise<number> {
  const start = performance.now();
  const configuration = { iceServers: relays, iceTransportPolicy: 'relay', bundlePolicy: 'max-bundle' } as const;
  const [one, other] = [new RTCPeerConnection(configuration), new RTCPeerConnection(configuration)];
  one.onicecandidate = ({ candidate }) => void (candidate && other.addIceCandidate(candidate));
  other.onicecandidate = ({ candidate }) => void (candidate && one.addIceCandidate(candidate));
  const [ours, theirs] = await Promise.all([devices(), devices()]);
  for (const track of ours) one.addTrack(track);
  await one.setLocalDescription();
  if (!one.localDescription) throw new Error('no offer');
  await other.setRemoteDescription(one.localDescription);
  for (const track of theirs) other.addTrack(track);
  await other.setLocalDescription();
  if (!other.localDescription) throw new Error('no answer');
  await one.setRemoteDescription(other.localDescription);
  const received = [one, other].map((end) => shown(end.getReceivers().map(({ track }) => track)));
  const time = Math.max(...(await Promise.all(received))) - start;
  for (const track of [...ours, ...theirs]) track.stop();
  one.close();
  other.close();
  return time;
}

const devices = () => Promise.all([browserCapture.microphone(), browserCapture.camera()]);

/** Plays tracks until the first frame. */
function shown(tracks: readonly MediaStreamTrack[]): Promise<number> {
  const player = document.body.appendChild(document.createElement('video'));
  player.srcObject = new MediaStream([...tracks]);
  player.autoplay = true;
  return new Promise((resolve) => {
    player.requestVideoFrameCallback((now) => {
      player.remove();
      resolve(now);
    });
  });
}
