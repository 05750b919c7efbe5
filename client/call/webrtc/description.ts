// A session description as two devices tell it to each other (CALLS.md, section 2): a few values in a fixed text. What is not exactly this text never
// reaches a browser, and what reaches it is written here, of the values.

import * as z from 'zod/mini';
import { whole } from '../../../shared/protocol/fields.ts';
import { MediaError } from '../media.ts';

export type DescriptionType = 'offer' | 'answer';

/** Dynamic payload types that do not collide with RTCP (RFC 5761, section 4). */
const payloadType = z.union([whole(35, 63), whole(96, 127)]);
/** One-byte header extensions (RFC 8285). */
const extension = whole(1, 14);
const source = whole(1, 0xffff_ffff);

const description = z.strictObject({
  /** ICE credentials (RFC 8839, section 5.4); browsers make 4 to 8 and 24 to 32 characters. */
  ufrag: z.string().check(z.regex(/^[A-Za-z0-9+/]{4,32}$/)),
  password: z.string().check(z.regex(/^[A-Za-z0-9+/]{22,64}$/)),
  /** SHA-256 of the certificate, upper-case hexadecimal with colons. */
  fingerprint: z.string().check(z.regex(/^[0-9A-F]{2}(:[0-9A-F]{2}){31}$/)),
  opus: payloadType,
  vp8: payloadType,
  retransmission: payloadType,
  midExtension: extension,
  congestionExtension: extension,
  audioSource: source,
  videoSource: source,
  retransmissionSource: source,
});
export type Description = z.output<typeof description>;

/** Groups of values in which none may stand twice. */
const DISTINCT: readonly (readonly (keyof Description)[])[] = [
  ['opus', 'vp8', 'retransmission'],
  ['midExtension', 'congestionExtension'],
  ['audioSource', 'videoSource', 'retransmissionSource'],
];

/** @throws MediaError `bad-description` when a value is not what a description may have */
export function checkDescription(values: Readonly<Record<keyof Description, unknown>>): Description {
  const { success, data } = description.safeParse(values);
  if (!success) throw new MediaError('bad-description', 'a session description has a value that is not allowed');
  for (const names of DISTINCT) {
    if (new Set(names.map((name) => data[name])).size < names.length) {
      throw new MediaError('bad-description', 'a session description gives two things one number');
    }
  }
  return data;
}

/**
 * The text of a description, about 1,200 characters. Both sides always say that they would send and receive both: turning a camera on needs no new
 * description. Of the header extensions only what finds the section of a packet and what measures congestion: they are not encrypted, and the
 * relay would read the loudness of a voice in another one.
 */
export function writeDescription(type: DescriptionType, values: Description): string {
  const { opus, vp8, retransmission, audioSource, videoSource, retransmissionSource } = values;
  const section = [
    'c=IN IP4 0.0.0.0',
    'a=sendrecv',
    'a=rtcp-mux',
    'a=rtcp-rsize',
    `a=extmap:${values.midExtension} urn:ietf:params:rtp-hdrext:sdes:mid`,
    `a=extmap:${values.congestionExtension} http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01`,
  ];
  const lines = [
    'v=0',
    'o=- 1 1 IN IP4 0.0.0.0',
    's=-',
    't=0 0',
    'a=group:BUNDLE 0 1',
    `a=ice-ufrag:${values.ufrag}`,
    `a=ice-pwd:${values.password}`,
    'a=ice-options:trickle',
    `a=fingerprint:sha-256 ${values.fingerprint}`,
    // The answerer begins the DTLS handshake (RFC 8842, section 5.3).
    `a=setup:${type === 'offer' ? 'actpass' : 'active'}`,
    `m=audio 9 UDP/TLS/RTP/SAVPF ${opus}`,
    ...section,
    'a=mid:0',
    'a=msid:- audio',
    `a=rtpmap:${opus} opus/48000/2`,
    `a=rtcp-fb:${opus} transport-cc`,
    // A constant bit rate: with a variable one the sizes of encrypted packets tell words.
    `a=fmtp:${opus} cbr=1;minptime=10;useinbandfec=1`,
    `a=ssrc:${audioSource} cname:sotto`,
    `m=video 9 UDP/TLS/RTP/SAVPF ${vp8} ${retransmission}`,
    ...section,
    'a=mid:1',
    // Without it, older implementations take the second source for a second track.
    'a=msid:- video',
    `a=rtpmap:${vp8} VP8/90000`,
    `a=rtcp-fb:${vp8} transport-cc`,
    `a=rtcp-fb:${vp8} ccm fir`,
    `a=rtcp-fb:${vp8} nack`,
    `a=rtcp-fb:${vp8} nack pli`,
    `a=rtpmap:${retransmission} rtx/90000`,
    `a=fmtp:${retransmission} apt=${vp8}`,
    `a=ssrc-group:FID ${videoSource} ${retransmissionSource}`,
    `a=ssrc:${videoSource} cname:sotto`,
    `a=ssrc:${retransmissionSource} cname:sotto`,
  ];
  return `${lines.join('\r\n')}\r\n`;
}

/**
 * Takes a description of the other side.
 * @throws MediaError `bad-description` for every text that {@link writeDescription} would not write
 */
export function readDescription(type: DescriptionType, text: string): Description {
  const value = (place: RegExp) => place.exec(text)?.[1];
  const number = (place: RegExp) => Number(value(place));
  const values = checkDescription({
    ufrag: value(/^a=ice-ufrag:(.*)$/m),
    password: value(/^a=ice-pwd:(.*)$/m),
    fingerprint: value(/^a=fingerprint:sha-256 (.*)$/m),
    opus: number(/^m=audio \S+ \S+ ([0-9]+)$/m),
    vp8: number(/^m=video \S+ \S+ ([0-9]+) /m),
    retransmission: number(/^m=video .* ([0-9]+)$/m),
    midExtension: number(/^a=extmap:([0-9]+) urn:/m),
    congestionExtension: number(/^a=extmap:([0-9]+) http:/m),
    audioSource: number(/^a=ssrc:([0-9]+) /m),
    videoSource: number(/^a=ssrc-group:FID ([0-9]+) /m),
    retransmissionSource: number(/^a=ssrc-group:FID .* ([0-9]+)$/m),
  });
  // The places above are only where to look. This is the check: not a line more, less or elsewhere.
  if (writeDescription(type, values) !== text) {
    throw new MediaError('bad-description', 'a session description has lines that are not allowed');
  }
  return values;
}
