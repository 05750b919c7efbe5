import { MediaError } from '../media.ts';

/** Where sound and pictures of this side come from. Each call opens the device anew; stopping the track closes it. */
export interface Capture {
  microphone(): Promise<MediaStreamTrack>;
  camera(): Promise<MediaStreamTrack>;
}

/** The microphone and the camera that a browser chooses, after it has asked the person where it has to. */
export const browserCapture: Capture = {
  microphone: () => open({ audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true } }),
  camera: () => open({ video: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } } }),
};

async function open(constraints: MediaStreamConstraints): Promise<MediaStreamTrack> {
  const [track] = (await navigator.mediaDevices.getUserMedia(constraints)).getTracks();
  if (!track) throw new MediaError('no-device', 'the browser gave a stream without a track');
  return track;
}

/** What `getUserMedia` throws, as a {@link MediaError}. */
export function captureError(error: unknown): MediaError {
  if (error instanceof MediaError) return error;
  const refused = error instanceof Error && (error.name === 'NotAllowedError' || error.name === 'SecurityError');
  return refused
    ? new MediaError('not-permitted', 'the microphone or the camera may not be used')
    : new MediaError('no-device', 'the microphone or the camera could not be opened');
}
