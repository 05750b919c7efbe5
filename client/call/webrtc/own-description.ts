import { MediaError } from '../media.ts';
import { checkDescription, type Description } from './description.ts';

const MID = 'urn:ietf:params:rtp-hdrext:sdes:mid';
const CONGESTION = 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01';

/**
 * The values that the other side needs, out of the long description that this machine's WebRTC made for itself.
 * @throws MediaError `bad-description` when it cannot do what a call needs
 */
export function readOwnDescription(sdp: string): Description {
  const [, audio, video] = sdp.split(/^m=/m).map((section) => section.split(/\r?\n/));
  if (!audio || !video) throw new MediaError('bad-description', 'no audio or no video section was made');
  const opus = payloadType(audio, 'opus/48000/2');
  const vp8 = payloadType(video, 'VP8/90000');
  const group = words(video, 'a=ssrc-group:FID ');
  return checkDescription({
    ufrag: after(audio, 'a=ice-ufrag:'),
    password: after(audio, 'a=ice-pwd:'),
    fingerprint: after(audio, 'a=fingerprint:sha-256 '),
    opus,
    vp8,
    retransmission: Number(before(video, 'a=fmtp:', ` apt=${vp8}`)),
    midExtension: sharedExtension(audio, video, MID),
    congestionExtension: sharedExtension(audio, video, CONGESTION),
    audioSource: Number(words(audio, 'a=ssrc:')[0]),
    videoSource: Number(group[0]),
    retransmissionSource: Number(group[1]),
  });
}

/** Bundled sections share one numbering. */
function sharedExtension(audio: readonly string[], video: readonly string[], name: string): number | undefined {
  const [inAudio, inVideo] = [audio, video].map((section) => before(section, 'a=extmap:', ` ${name}`));
  return inAudio === inVideo ? Number(inAudio) : undefined;
}

const payloadType = (section: readonly string[], codec: string) => Number(before(section, 'a=rtpmap:', ` ${codec}`));

const after = (section: readonly string[], start: string) =>
  section.find((line) => line.startsWith(start))?.slice(start.length);

const words = (section: readonly string[], start: string) => after(section, start)?.split(' ') ?? [];

const before = (section: readonly string[], start: string, end: string) =>
  section.find((line) => line.startsWith(start) && line.endsWith(end))?.slice(start.length, -end.length);
