import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { writeDescription } from '../../../client/call/webrtc/description.ts';
import { CallBrowsers } from '../../support/call-browsers.ts';
import { connect, exchangeCandidates, mediaFlows, refusal, statesOf } from '../../support/call-peer.ts';
import { Capture } from '../../support/capture.ts';
import { Coturn } from '../../support/coturn.ts';
import { kindOf, unwrapped } from '../../support/datagrams.ts';
import { anyDescription, DESCRIPTION } from '../../support/descriptions.ts';
import { hellosIn } from '../../support/dtls.ts';
import { eventually } from '../../support/eventually.ts';

const BOTH = { microphone: true, camera: true };
const X25519MLKEM768 = 0x11ec;
const FOREIGN = DESCRIPTION.fingerprint;

let browsers: CallBrowsers;
let coturn: Coturn;
beforeAll(async () => {
  [browsers, coturn] = await Promise.all([CallBrowsers.launch(), Coturn.start()]);
});
afterEach(() => browsers.endCalls());
afterAll(() => Promise.all([browsers?.close(), coturn?.kill()]));

/** Ends with the test, however that ends. */
async function capturing(filter: string): Promise<Capture> {
  const capture = await Capture.start(filter);
  onTestFinished(async () => void (await capture.stop()));
  return capture;
}
const open = (whose: 0 | 1) => browsers.open(whose, [coturn.server('udp')], 'relay');
const swapped = (sdp: string, fingerprint = FOREIGN) => sdp.replace(/(?<=sha-256 ).*/, fingerprint);
/** By the payload type that Chromium gives it (RFC 3550, section 5.1). */
const isSound = (packet: Buffer) => kindOf(packet) === 'rtp' && (packet.readUInt8(1) & 0x7f) === 111;
const changesOfSize = (packets: readonly Buffer[]) =>
  packets.filter(({ length }, i) => i > 0 && packets[i - 1]?.length !== length);
const fingerprintIn = (sdp: string) => /(?<=sha-256 ).*/.exec(sdp)?.[0].trim() ?? '';

describe('before a person has done something', () => {
  it('neither network nor devices are touched, and nothing is sent before it is wanted', async () => {
    const capture = await capturing(`port ${coturn.port} or portrange ${coturn.range.first}-${coturn.range.last}`);
    const [caller, callee] = [await open(0), await open(1)];
    await callee.add({ candidate: 'candidate:1 1 udp 1 127.0.0.1 4000 typ relay', mid: '0' }, 0);
    expect(await refusal(callee.send(BOTH))).toContain('the leg has not begun');
    expect(await refusal(callee.answer('v=0\r\n'))).toContain('MediaError');
    expect(await callee.used()).toEqual({ connections: 0, devices: 0 });
    expect(await capture.stop()).toEqual([]);

    const talking = await capturing(`port ${coturn.port}`);
    await connect(caller, callee);
    expect(await caller.used()).toEqual({ connections: 1, devices: 0 });
    expect((await talking.stop()).map(({ data }) => kindOf(unwrapped(data)))).not.toContain('rtp');
    expect((await caller.counts()).sentPackets).toBe(0);
    await Promise.all([caller.send(BOTH), callee.send(BOTH)]);
    await mediaFlows(caller, callee);
    expect(await callee.used()).toEqual({ connections: 1, devices: 2 });
  });
});

describe('the keys of media', () => {
  it('are agreed with X25519MLKEM768 between two browsers, and sizes of sound tell nothing', async () => {
    const capture = await capturing(`udp portrange ${coturn.range.first}-${coturn.range.last}`);
    const [caller, callee] = [await open(0), await open(1)];
    await connect(caller, callee);
    await Promise.all([
      caller.send({ microphone: true, camera: false }),
      callee.send({ microphone: true, camera: false }),
    ]);
    await Promise.all(
      [caller, callee].map((peer) =>
        eventually(async () => (await peer.counts()).audioDecoded).toBeGreaterThan(48_000),
      ),
    );
    const packets = await capture.stop();
    const directions = Map.groupBy(packets, ({ from, to }) => `${from} ${to}`);
    const hellos = [...directions.values()].flatMap((some) => hellosIn(some.map(({ data }) => unwrapped(data))));
    expect(hellos.find(({ type }) => type === 'client')?.keyShares).toContain(X25519MLKEM768);
    expect(hellos.find(({ type }) => type === 'server')?.keyShares).toEqual([X25519MLKEM768]);
    const sounds = [...directions.values()].map((some) => some.map(({ data }) => unwrapped(data)).filter(isSound));
    expect(sounds.flat().length).toBeGreaterThan(50);
    // Congestion may change the rate now and then; a rate that follows the sound would change with most packets.
    expect(sounds.flatMap(changesOfSize).length).toBeLessThan(sounds.flat().length / 10);
  });
});

describe('somebody in the middle', () => {
  it('is refused by the browser: no media, and the call has failed', async () => {
    const [caller, callee] = [await open(0), await open(1)];
    exchangeCandidates(caller, callee);
    const answer = await callee.answer(await caller.offer());
    await caller.accept(swapped(answer));
    await Promise.all([refusal(caller.send(BOTH)), refusal(callee.send(BOTH))]);
    await eventually(() => statesOf(caller)).toEqual(['failed: certificate']);
    // The side that begins the handshake is through with it before it hears that it was refused.
    await eventually(() => statesOf(callee).at(-1)).toBe('failed: certificate');
    for (const peer of [caller, callee]) expect(statesOf(peer)).not.toContain('decoding');
    for (const peer of [caller, callee]) expect(await peer.openDevices()).toEqual([]);
  });

  it('is refused by the client too, where a browser would not see it', async () => {
    const [caller, callee] = [await open(0), await open(1)];
    exchangeCandidates(caller, callee);
    const answer = await callee.answer(await caller.offer());
    await caller.believe(fingerprintIn(answer));
    await caller.accept(swapped(answer));
    await eventually(() => statesOf(caller)).toEqual(['failed: certificate']);
    await eventually(() => statesOf(callee)).toContain('connected');
    expect(await refusal(caller.send(BOTH))).toContain('the leg is closed');
    expect(await caller.used()).toEqual({ connections: 1, devices: 0 });
  });

  it('cannot change the certificate in a restart, or anything else', async () => {
    const [caller, callee] = [await open(0), await open(1)];
    await connect(caller, callee);
    await Promise.all([caller.send(BOTH), callee.send(BOTH)]);
    const relays = [coturn.server('udp')];
    const offer = await caller.restart(1, relays, 'relay');
    expect(await refusal(callee.restartAnswer(swapped(offer), 1, relays, 'relay'))).toContain('another certificate');
    const foreign = offer.replace(/(?<=ssrc:)[0-9]+/, '7');
    expect(await refusal(callee.restartAnswer(foreign, 1, relays, 'relay'))).toContain('nothing but the path');
    const answer = await callee.restartAnswer(offer, 1, relays, 'relay');
    expect(await refusal(caller.restartAccept(swapped(answer), 1))).toContain('another certificate');
    await caller.restartAccept(answer, 1);
    await mediaFlows(caller, callee);
  });
});

describe('descriptions', () => {
  it('of which every one that is allowed is taken by the browser', async () => {
    const offers = fc.sample(anyDescription, { seed: 20_261_128, numRuns: 30 });
    const page = await open(0);
    expect(await page.answerAll(offers.map((values) => writeDescription('offer', values)))).toBe(30);
  });

  it('that come at the wrong time are refused', async () => {
    const [caller, callee] = [await open(0), await open(1)];
    const offer = await caller.offer();
    const answer = await callee.answer(offer);
    expect(await refusal(callee.accept(answer))).toContain('no answer is expected now');
    await caller.accept(answer);
    expect(await refusal(caller.accept(answer))).toContain('no answer is expected now');
    await caller.close();
    expect(
      await refusal(caller.add({ candidate: 'candidate:1 1 udp 1 127.0.0.1 4000 typ relay', mid: '0' }, 0)),
    ).toContain('the leg is closed');
  });
});
