import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CallCloud } from '../../support/call-cloud.ts';
import { CallPeople, type PageDevice } from '../../support/call-people.ts';
import { Capture } from '../../support/capture.ts';
import type { Coturn } from '../../support/coturn.ts';
import { kindOf, unwrapped } from '../../support/datagrams.ts';
import { DESCRIPTION } from '../../support/descriptions.ts';
import { hellosIn } from '../../support/dtls.ts';
import { eventually } from '../../support/eventually.ts';
import type { CapturedPacket } from '../../support/pcap.ts';
import { portsOf } from '../../support/processes.ts';

const X25519MLKEM768 = 0x11ec;

let cloud: CallCloud;
let people: CallPeople;
beforeAll(async () => {
  cloud = await CallCloud.start();
  people = await CallPeople.meet(cloud.url);
}, 240_000);
afterAll(async () => {
  await people?.close();
  await cloud?.close();
});

/** Audio and video have been decoded, more than was before. */
async function decodes(device: PageDevice): Promise<void> {
  const before = await device.counts();
  await eventually(async () => {
    const { audioDecoded, videoDecoded } = await device.counts();
    return audioDecoded > before.audioDecoded && videoDecoded > before.videoDecoded;
  }).toBe(true);
}

/** The port of whoever talks to a relay. */
function portOf({ from, to }: CapturedPacket, { port }: Coturn): number | undefined {
  if (to === port) return from;
  return from === port ? to : undefined;
}

function groupsOf(packets: readonly CapturedPacket[]) {
  const directions = Map.groupBy(packets, ({ from, to }) => `${from} ${to}`);
  const hellos = [...directions.values()].flatMap((some) => hellosIn(some.map(({ data }) => unwrapped(data))));
  const of = (type: string) => hellos.filter((hello) => hello.type === type).flatMap(({ keyShares }) => keyShares);
  return { client: of('client'), server: of('server') };
}

/** The types of the candidates in what a device has said. */
async function toldTypes(device: PageDevice): Promise<string[]> {
  const said = await device.said();
  for (const signal of said) if ('sdp' in signal) expect(signal.sdp ?? '').not.toContain('candidate');
  const lines = said.flatMap((signal) => (signal.type === 'call-candidates' ? signal.candidates : []));
  return [...new Set(lines.map(({ candidate }) => candidate.split(' ')[7] ?? ''))];
}

describe('a video call to somebody with two devices', () => {
  it.each(['udp', 'tcp'] as const)('through the relay over %s', { timeout: 180_000 }, async (transport) => {
    const { alice, phone, laptop, ids, browsers } = people;
    const relay = await cloud.run(transport, { overUdp: transport === 'udp' });
    const [before, entriesBefore] = [await phone.used(), (await alice.entries(ids.bob)).length];
    const signalling = await Capture.start(`udp or tcp port ${relay.port}`);
    const call = await alice.place(ids.bob);
    for (const device of [phone, laptop]) await eventually(() => device.phase(call)).toBe('ringing');
    await eventually(async () => (await alice.call(call))?.ringing.length).toBe(2);

    // Nothing of the callee's has touched the network by now; the caller's has, so that it would have been seen.
    await eventually(async () => (await alice.found()).length).toBeGreaterThanOrEqual(2);
    const [hers, his] = browsers.map((browser) => portsOf(browser.processes()));
    const ringing = (await signalling.stop()).filter(({ data }) => kindOf(data) === 'stun');
    const toRelay = ringing.filter((packet) => packet.transport === transport && portOf(packet, relay) !== undefined);
    expect(toRelay).not.toEqual([]);
    expect(toRelay.filter((packet) => !hers?.includes(portOf(packet, relay) ?? 0))).toEqual([]);
    expect(ringing.filter(({ from, to }) => his?.includes(from) || his?.includes(to))).toEqual([]);
    expect(await phone.used()).toEqual(before);
    expect(await laptop.used()).toEqual({ connections: 0, devices: 0 });

    const media = await Capture.start(`udp portrange ${relay.range.first}-${relay.range.last}`);
    await phone.accept(call);
    await eventually(() => laptop.phase(call)).toBe('ended: elsewhere');
    for (const device of [alice, phone]) await eventually(() => device.phase(call)).toBe('connected');
    await Promise.all([decodes(alice), decodes(phone)]);
    const codes = await Promise.all([alice, phone].map(async (device) => (await device.call(call))?.shortCode));
    expect(codes[0]).toMatch(/^[0-9]{8}$/);
    expect(codes[1]).toBe(codes[0]);
    const groups = groupsOf(await media.stop());
    expect(groups.client).toContain(X25519MLKEM768);
    expect(new Set(groups.server)).toEqual(new Set([X25519MLKEM768]));

    await phone.hangUp(call);
    for (const device of [alice, phone]) await eventually(() => device.phase(call)).toBe('ended: ended');
    for (const [device, peer] of [
      [alice, ids.bob],
      [phone, ids.alice],
      [laptop, ids.alice],
    ] as const) {
      await eventually(async () => (await device.entries(peer)).length).toBe(entriesBefore + 1);
      await eventually(async () => (await device.entries(peer)).at(-1)).toMatchObject({
        incoming: device !== alice,
        media: 'video',
        outcome: 'answered',
      });
    }
    expect(await laptop.used()).toEqual({ connections: 0, devices: 0 });
    for (const device of [alice, phone]) {
      expect(await toldTypes(device)).toEqual(['relay']);
      expect((await device.found()).filter((line) => !line.includes(' typ relay '))).toEqual([]);
    }
    for (const device of [alice, phone, laptop]) expect(await device.failures()).toEqual([]);
    await cloud.forget(transport);
  });
});

describe('a call', () => {
  it('goes on over another relay when its own has gone', { timeout: 120_000 }, async () => {
    const { alice, phone } = people;
    const first = await cloud.run('first');
    const call = await talking();
    await cloud.run('second');
    await cloud.forget('first');
    await first.kill();
    const gone = performance.now();
    await eventually(() => alice.phase(call)).toBe('interrupted');
    console.log(`no path was noticed ${Math.round(performance.now() - gone)} ms after the relay was gone`);
    for (const device of [alice, phone]) await eventually(() => device.phase(call)).toBe('connected');
    await Promise.all([decodes(alice), decodes(phone)]);
    console.log(`media again ${Math.round(performance.now() - gone)} ms after the relay was gone`);
    for (const device of [alice, phone]) expect(await toldTypes(device)).toEqual(['relay']);
    await alice.hangUp(call);
    await eventually(() => phone.phase(call)).toBe('ended: ended');
    await cloud.forget('second');
  });

  it('carries nothing when one side names a certificate that it does not have', { timeout: 120_000 }, async () => {
    const { alice, phone, ids } = people;
    await cloud.run('honest');
    await phone.nameCertificate(DESCRIPTION.fingerprint);
    const call = await alice.place(ids.bob);
    await eventually(() => phone.phase(call)).toBe('ringing');
    await phone.accept(call);
    await eventually(() => alice.phase(call)).toBe('ended: failed');
    await eventually(() => phone.phase(call)).toMatch('ended');
    for (const device of [alice, phone]) expect(await device.phasesOf(call)).not.toContain('connected');
    await eventually(async () => (await alice.entries(ids.bob)).at(-1)).toMatchObject({
      outcome: 'failed',
      seconds: 0,
    });
  });
});

/** A call between Alice and Bob's phone, with audio and video. */
async function talking(): Promise<string> {
  const { alice, phone, ids } = people;
  const call = await alice.place(ids.bob);
  await eventually(() => phone.phase(call)).toBe('ringing');
  await phone.accept(call);
  for (const device of [alice, phone]) await eventually(() => device.phase(call)).toBe('connected');
  await Promise.all([decodes(alice), decodes(phone)]);
  return call;
}
