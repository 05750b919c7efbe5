// A terminal has neither microphone nor camera: calls from it carry a tone and a moving picture, so that there is something to hear and see.

import wrtc from '@roamhq/wrtc';
import { type MediaEngine, webRtcMedia } from '../../client/index.ts';

const WIDTH = 320;
const HEIGHT = 240;
const FRAME_MS = 66;
const SAMPLE_RATE = 48_000;
/** The source takes ten milliseconds at a time. */
const CHUNK_MS = 10;
const TONE_HZ = 440;
const LOUDNESS = 4_000;

const { RTCPeerConnection, nonstandard } = wrtc;

/** Calls over libwebrtc in Node. */
export function terminalMedia(): MediaEngine {
  return webRtcMedia({
    RTCPeerConnection,
    capture: { microphone: async () => tone(), camera: async () => picture() },
  });
}

function tone(): MediaStreamTrack {
  const source = new nonstandard.RTCAudioSource();
  const track = source.createTrack();
  const count = (SAMPLE_RATE * CHUNK_MS) / 1_000;
  let at = 0;
  whileLive(track, CHUNK_MS, () => {
    const samples = Int16Array.from({ length: count }, (_, i) => wave(at + i));
    at += count;
    source.onData({ samples, sampleRate: SAMPLE_RATE, bitsPerSample: 16, channelCount: 1, numberOfFrames: count });
  });
  return track;
}

function picture(): MediaStreamTrack {
  const source = new nonstandard.RTCVideoSource();
  const track = source.createTrack();
  let shift = 0;
  whileLive(track, FRAME_MS, () => {
    shift += 4;
    source.onFrame({ width: WIDTH, height: HEIGHT, data: frame(shift) });
  });
  return track;
}

const wave = (sample: number): number =>
  Math.round(LOUDNESS * Math.sin((2 * Math.PI * TONE_HZ * sample) / SAMPLE_RATE));

/** I420: a grey ramp that moves, without colour. */
function frame(shift: number): Uint8Array {
  const data = new Uint8Array((WIDTH * HEIGHT * 3) / 2).fill(128);
  for (let y = 0; y < HEIGHT; y++) for (let x = 0; x < WIDTH; x++) data[y * WIDTH + x] = (x + y + shift) & 0xff;
  return data;
}

function whileLive(track: MediaStreamTrack, everyMs: number, work: () => void): void {
  const timer = setInterval(() => {
    if (track.readyState === 'live') work();
    else clearInterval(timer);
  }, everyMs);
  timer.unref();
}
