import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MediaError } from '../../../../client/call/media.ts';
import { type DescriptionType, readDescription, writeDescription } from '../../../../client/call/webrtc/description.ts';
import { readOwnDescription } from '../../../../client/call/webrtc/own-description.ts';
import { DESCRIPTION_CHARACTERS } from '../../../../client/conversation/call-content.ts';
import { anyDescription, DESCRIPTION } from '../../../support/descriptions.ts';

const SEED = 20_261_128;
const GOOD = writeDescription('offer', DESCRIPTION);

const refused = (text: string, type: DescriptionType = 'offer') => {
  expect(() => readDescription(type, text)).toThrow(MediaError);
  expect(() => readDescription(type, text)).toThrow(expect.objectContaining({ code: 'bad-description' }));
};
/** With one more line behind the one that begins like this. */
const withLine = (start: string, line: string) => {
  const lines = GOOD.split('\r\n');
  return lines.toSpliced(lines.findIndex((one) => one.startsWith(start)) + 1, 0, line).join('\r\n');
};

describe('a session description', () => {
  it('is read as it was written, and fits into a signal', () => {
    fc.assert(
      fc.property(anyDescription, fc.constantFrom('offer', 'answer'), (values, type) => {
        const text = writeDescription(type, values);
        expect(readDescription(type, text)).toEqual(values);
        expect(text.length).toBeLessThan(1_300);
      }),
      { seed: SEED },
    );
    expect(1_300).toBeLessThan(DESCRIPTION_CHARACTERS);
  });

  it.each([
    ['a candidate', 'a=mid:0', 'a=candidate:1 1 udp 1 192.0.2.1 4000 typ host'],
    ['a second fingerprint', 'a=fingerprint', `a=fingerprint:sha-256 ${DESCRIPTION.fingerprint}`],
    ['a fingerprint of a section', 'm=audio', `a=fingerprint:sha-256 ${DESCRIPTION.fingerprint.replace('A0', '00')}`],
    ['a fingerprint by another hash', 'a=fingerprint', 'a=fingerprint:sha-1 A0:A1:A2'],
    ['second ICE credentials', 'm=audio', 'a=ice-ufrag:abcd'],
    ['ICE lite', 'a=group', 'a=ice-lite'],
    ['a key of SDES', 'm=audio', 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAA'],
    ['another codec', 'a=rtpmap:111', 'a=rtpmap:0 PCMU/8000'],
    ['a header extension', 'm=audio', 'a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level'],
    ['an attribute that is not known', 'm=video', 'a=x-something:1'],
    ['a section of data channels', 'a=ssrc:4142068754', 'm=application 9 UDP/DTLS/SCTP webrtc-datachannel'],
    ['a second audio section', 'a=ssrc:4142068754', 'm=audio 9 UDP/TLS/RTP/SAVPF 111'],
    ['an address', 't=0 0', 'c=IN IP4 192.0.2.1'],
    ['an empty line', 'a=mid:0', ''],
  ])('with %s is refused', (_, after, line) => refused(withLine(after, line)));

  it.each([
    ['without a line', GOOD.replace('a=rtcp-mux\r\n', '')],
    ['with another direction', GOOD.replace('a=sendrecv', 'a=recvonly')],
    ['with an open port', GOOD.replace('m=audio 9', 'm=audio 4000')],
    ['without encryption', GOOD.replaceAll('UDP/TLS/RTP/SAVPF', 'RTP/AVPF')],
    ['of the other type', writeDescription('answer', DESCRIPTION)],
    ['with a number written otherwise', GOOD.replace('a=ssrc:1987058882', 'a=ssrc:01987058882')],
    ['with lines that end otherwise', GOOD.replaceAll('\r\n', '\n')],
    ['with lines in another order', GOOD.split('\r\n').toReversed().join('\r\n')],
    ['with two things of one number', writeDescription('offer', { ...DESCRIPTION, vp8: 111 })],
    ['with a payload type of RTCP', writeDescription('offer', { ...DESCRIPTION, opus: 72 })],
    ['with short ICE credentials', writeDescription('offer', { ...DESCRIPTION, password: 'short' })],
    ['with a line hidden in a value', writeDescription('offer', { ...DESCRIPTION, ufrag: 'abcd\r\na=ice-lite' })],
    ['that is empty', ''],
  ])('%s is refused', (_, text) => refused(text));

  it('that was changed in any way is refused, or means just what it says', () => {
    const change = fc.record({
      at: fc.nat(GOOD.length),
      removed: fc.nat(40),
      put: fc.oneof(
        fc.string({ unit: 'grapheme-ascii', maxLength: 6 }),
        fc.constantFrom(...GOOD.split('\r\n')),
        fc.constantFrom('\r\n', '\n', 'a=candidate:1 1 udp 1 192.0.2.1 4000 typ host\r\n', 'a=ssrc:1 cname:sotto\r\n'),
        fc.nat(200).map(String),
      ),
    });
    let accepted = 0;
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        const text = changes.reduce(
          (all, { at, removed, put }) => all.slice(0, at) + put + all.slice(at + removed),
          GOOD,
        );
        try {
          const values = readDescription('offer', text);
          expect(writeDescription('offer', values)).toBe(text);
          accepted++;
        } catch (error) {
          expect(error).toMatchObject({ name: 'MediaError', code: 'bad-description' });
        }
      }),
      { seed: SEED, numRuns: 5_000 },
    );
    // Some changes make another good description: a digit of a number, a letter of a password.
    expect(accepted).toBeGreaterThan(5);
  });

  it('of this machine is refused where it lacks what a call needs', () => {
    expect(() => readOwnDescription('v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n')).toThrow(MediaError);
    expect(() => readOwnDescription(GOOD.replace('opus/48000/2', 'PCMU/8000'))).toThrow(MediaError);
  });
});
