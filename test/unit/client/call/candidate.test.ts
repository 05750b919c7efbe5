import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ownCandidate, readCandidate, writeCandidate } from '../../../../client/call/webrtc/candidate.ts';

const RELAY = 'candidate:642305420 1 udp 58597375 198.51.100.7 63420 typ relay';

/** What a browser gives. */
const own = (candidate: string, sdpMid = '0') => ({ candidate, sdpMid });

describe('a candidate of the other side', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(
        fc.record({
          foundation: fc.stringMatching(/^[A-Za-z0-9+/]{1,32}$/),
          priority: fc.integer({ min: 1, max: 0x7fff_ffff }),
          address: fc.oneof(fc.ipV4(), fc.ipV6()),
          port: fc.integer({ min: 1, max: 65_535 }),
          type: fc.constantFrom('host' as const, 'srflx' as const, 'prflx' as const, 'relay' as const),
        }),
        (candidate) => {
          expect(readCandidate(writeCandidate(candidate))).toEqual(candidate);
        },
      ),
      { seed: 20_261_128 },
    );
  });

  it.each([
    ['a related address', `${RELAY} raddr 192.0.2.1 rport 4000`],
    ['a related address that says nothing', `${RELAY} raddr 0.0.0.0 rport 0`],
    ['an extension', `${RELAY} generation 0`],
    ['a name of mDNS', RELAY.replace('198.51.100.7', '0f8fad5b-d9cb-469f-a165-70867728950e.local')],
    ['a name', RELAY.replace('198.51.100.7', 'attacker.example')],
    ['a number for an address', RELAY.replace('198.51.100.7', '3325256711')],
    ['a zone', RELAY.replace('198.51.100.7', 'fe80::1%lo')],
    ['TCP', RELAY.replace('udp', 'tcp')],
    ['the component of RTCP', RELAY.replace(' 1 udp', ' 2 udp')],
    ['a type that is not known', RELAY.replace('relay', 'other')],
    ['port 0', RELAY.replace('63420', '0')],
    ['a number written otherwise', RELAY.replace('63420', '063420')],
    ['a second line', `${RELAY}\r\na=candidate:1 1 udp 1 192.0.2.1 4000 typ host`],
    ['nothing', 'candidate:'],
  ])('with %s is refused', (_, text) => {
    expect(() => readCandidate(text)).toThrow(expect.objectContaining({ code: 'bad-candidate' }));
  });
});

describe('a candidate of this side', () => {
  it('is told without what the browser says of the machine', () => {
    const given = own(`${RELAY} raddr 192.0.2.9 rport 55555 generation 0 ufrag +fBs network-id 1 network-cost 50`, '1');
    expect(ownCandidate(given, true)).toEqual({ candidate: RELAY, mid: '1' });
  });

  it.each(['host', 'srflx', 'prflx'])('of type %s is told only when the path may be direct', (type) => {
    const given = own(`${RELAY.replace('relay', type)} generation 0 ufrag +fBs`);
    expect(ownCandidate(given, true)).toBeUndefined();
    expect(ownCandidate(given, false)).toBeDefined();
  });

  it('of no use to anybody is not told', () => {
    expect(ownCandidate(own(`${RELAY.replace('198.51.100.7', 'abc.local')} generation 0`), false)).toBeUndefined();
    expect(
      ownCandidate(own('candidate:1 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active'), false),
    ).toBeUndefined();
    expect(ownCandidate(own(''), false)).toBeUndefined();
  });
});
