import type { Sending } from '../media.ts';
import type { Capture } from './capture.ts';

/** Opens devices before there is a leg that sends: a camera takes as long to start as a call to connect. */
export class CaptureAhead implements Capture {
  readonly #capture: Capture;
  readonly #ready = new Map<keyof Sending, Promise<MediaStreamTrack>>();

  constructor(capture: Capture) {
    this.#capture = capture;
  }

  prepare(wanted: Sending): void {
    for (const device of ['microphone', 'camera'] as const) {
      if (!wanted[device] || this.#ready.has(device)) continue;
      const track = this.#capture[device]();
      // Told to whoever takes it.
      track.catch(() => {});
      this.#ready.set(device, track);
    }
  }

  microphone(): Promise<MediaStreamTrack> {
    return this.#take('microphone');
  }

  camera(): Promise<MediaStreamTrack> {
    return this.#take('camera');
  }

  /** Closes what nobody has taken, also what is still being opened. */
  release(): void {
    for (const track of this.#ready.values()) {
      track.then(
        (open) => open.stop(),
        () => {},
      );
    }
    this.#ready.clear();
  }

  async #take(device: keyof Sending): Promise<MediaStreamTrack> {
    const ready = this.#ready.get(device);
    this.#ready.delete(device);
    const track = await ready;
    // One that was unplugged meanwhile has ended.
    return track?.readyState === 'live' ? track : this.#capture[device]();
  }
}
