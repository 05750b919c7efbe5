import wrtc from '@roamhq/wrtc';
import type { IceServer, LegOptions, MediaLeg } from '../../client/call/media.ts';
import type { Capture } from '../../client/call/webrtc/capture.ts';
import { webRtcMedia } from '../../client/call/webrtc/webrtc-media.ts';
import { type CallPeer, Told } from './call-peer.ts';
import { countMedia } from './media-counts.ts';

const { RTCAudioSource, RTCVideoSource } = wrtc.nonstandard;
const WIDTH = 320;
const HEIGHT = 240;
const RATE = 48_000;

/** A person's devices, played: a tone and a picture of one colour. */
class PlayedDevices implements Capture {
  readonly #timers: NodeJS.Timeout[] = [];
  /** The picture's colour as Y, U and V. */
  readonly #colour: readonly [number, number, number];

  constructor(colour: readonly [number, number, number]) {
    this.#colour = colour;
  }

  microphone(): Promise<MediaStreamTrack> {
    const source = new RTCAudioSource();
    const samples = Int16Array.from({ length: RATE / 100 }, (_, i) => 8_000 * Math.sin((2 * Math.PI * 400 * i) / RATE));
    const format = { sampleRate: RATE, bitsPerSample: 16, channelCount: 1, numberOfFrames: samples.length };
    this.#timers.push(setInterval(() => source.onData({ samples, ...format }), 10));
    return Promise.resolve(source.createTrack());
  }

  camera(): Promise<MediaStreamTrack> {
    const source = new RTCVideoSource();
    const [y, u, v] = this.#colour;
    const data = new Uint8Array(WIDTH * HEIGHT * 1.5).fill(y);
    data.fill(u, WIDTH * HEIGHT).fill(v, WIDTH * HEIGHT * 1.25);
    this.#timers.push(setInterval(() => source.onFrame({ width: WIDTH, height: HEIGHT, data }), 40));
    return Promise.resolve(source.createTrack());
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }
}

/** A leg in this process, over @roamhq/wrtc. */
export class NodePeer implements CallPeer {
  readonly #told = new Told();
  readonly #devices: PlayedDevices;
  readonly #leg: MediaLeg;
  #connection: RTCPeerConnection | undefined;

  constructor(relays: readonly IceServer[], policy: LegOptions['policy'], colour: readonly [number, number, number]) {
    this.#devices = new PlayedDevices(colour);
    const made = (connection: RTCPeerConnection) => {
      this.#connection = connection;
    };
    const Connection = class extends wrtc.RTCPeerConnection {
      constructor(configuration: RTCConfiguration) {
        super(configuration);
        made(this);
      }
    };
    const media = webRtcMedia({ RTCPeerConnection: Connection, capture: this.#devices });
    this.#leg = media.open({ relays, policy, onEvent: this.#told.add });
  }

  get events() {
    return this.#told.events;
  }
  listen(...given: Parameters<CallPeer['listen']>) {
    this.#told.listen(...given);
  }
  offer() {
    return this.#leg.offer();
  }
  answer(offer: string) {
    return this.#leg.answer(offer);
  }
  accept(answer: string) {
    return this.#leg.accept(answer);
  }
  add(...given: Parameters<MediaLeg['add']>) {
    return this.#leg.add(...given);
  }
  restart(...given: Parameters<MediaLeg['restart']>) {
    return this.#leg.restart(...given);
  }
  restartAnswer(...given: Parameters<MediaLeg['restartAnswer']>) {
    return this.#leg.restartAnswer(...given);
  }
  restartAccept(...given: Parameters<MediaLeg['restartAccept']>) {
    return this.#leg.restartAccept(...given);
  }
  send(...given: Parameters<MediaLeg['send']>) {
    return this.#leg.send(...given);
  }
  async counts() {
    return countMedia(await this.#connection?.getStats());
  }
  close(): Promise<void> {
    this.#leg.close();
    this.#devices.stop();
    return Promise.resolve();
  }
}
