import { MediaError, type Sending } from '../media.ts';
import { type Capture, captureError } from './capture.ts';

/** What a leg sends. The transceivers are there from the first description on, with nothing to send: devices are opened when sending is wanted, not before. */
export class MediaSending {
  readonly #capture: Capture;
  readonly #tracks: Partial<Record<keyof Sending, MediaStreamTrack>> = {};
  #closed = false;

  constructor(capture: Capture) {
    this.#capture = capture;
  }

  /** The open microphone or camera, for a picture of oneself. */
  track(device: keyof Sending): MediaStreamTrack | undefined {
    return this.#tracks[device];
  }

  /**
   * Closes what is not wanted before it opens what is. A device that cannot be opened does not stop the other.
   * @throws MediaError `no-device`, `not-permitted`, `closed`
   */
  async set(connection: RTCPeerConnection, wanted: Sending): Promise<void> {
    const [audio, video] = connection.getTransceivers();
    if (!audio || !video) throw new MediaError('closed', 'there is nothing to send on');
    if (!wanted.camera) await this.#stop('camera', video.sender);
    if (!wanted.microphone) await this.#stop('microphone', audio.sender);
    const opened = await Promise.allSettled([
      wanted.microphone && this.#start('microphone', audio.sender),
      wanted.camera && this.#start('camera', video.sender),
    ]);
    for (const result of opened) if (result.status === 'rejected') throw result.reason;
  }

  /** Closes microphone and camera at once, also one that is just being opened. */
  close(): void {
    this.#closed = true;
    for (const track of Object.values(this.#tracks)) track.stop();
  }

  async #start(device: keyof Sending, sender: RTCRtpSender): Promise<void> {
    // A device that was unplugged has ended its track: it is opened again.
    if (this.#tracks[device]?.readyState === 'live') return;
    const track = await this.#capture[device]().catch((error: unknown) => {
      throw captureError(error);
    });
    if (this.#closed) {
      track.stop();
      throw new MediaError('closed', 'the leg was closed while a device was being opened');
    }
    this.#tracks[device] = track;
    await sender.replaceTrack(track);
  }

  async #stop(device: keyof Sending, sender: RTCRtpSender): Promise<void> {
    const track = this.#tracks[device];
    if (!track) return;
    track.stop();
    delete this.#tracks[device];
    await sender.replaceTrack(null);
  }
}
