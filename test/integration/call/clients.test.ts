import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CallError, TransportError } from '../../../client/index.ts';
import { CallCloud } from '../../support/call-cloud.ts';
import { type CallDevice, CallTrio } from '../../support/call-trio.ts';
import { Crash } from '../../support/crashing-store.ts';
import { eventually } from '../../support/eventually.ts';
import { ScriptedServer } from '../../support/scripted-server.ts';
import { ShiftedClock } from '../../support/shifted-clock.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

const clock = new ShiftedClock();
let cloud: CallCloud;
let server: ScriptedServer;
let trio: CallTrio;
beforeAll(async () => {
  cloud = await CallCloud.start({ clock });
  server = await ScriptedServer.start(cloud.url);
  await cloud.name('first');
  trio = await CallTrio.meet(cloud.url, clock, server.url);
}, 240_000);
afterAll(async () => {
  trio?.close();
  await server?.close();
  await cloud?.close();
});
afterEach(async () => {
  for (const device of trio.devices) for (const call of device.running) device.calls.hangUp(call);
  await eventually(() => trio.devices.flatMap(({ running }) => running)).toEqual([]);
});
beforeEach(() => {
  server.script = (frame) => frame;
  // Nobody may ring more than six times in two minutes.
  clock.advance(2 * MINUTE + SECOND);
});

const place = (media: 'audio' | 'video' = 'audio') => trio.alice.calls.place(trio.ids.bob, { media });

async function ringing(media: 'audio' | 'video' = 'audio'): Promise<string> {
  const call = await place(media);
  for (const device of [trio.phone, trio.laptop]) await eventually(() => device.phase(call)).toBe('ringing');
  return call;
}

/** Alice talks to Bob's phone. */
async function talking(media: 'audio' | 'video' = 'audio'): Promise<string> {
  const call = await ringing(media);
  trio.phone.calls.accept(call);
  await connected(call, trio.alice, trio.phone);
  return call;
}

async function connected(call: string, ...devices: CallDevice[]): Promise<void> {
  for (const device of devices) await eventually(() => device.phase(call)).toBe('connected');
}

async function over(call: string): Promise<void> {
  trio.alice.calls.hangUp(call);
  for (const device of trio.devices) await eventually(() => device.running).toEqual([]);
}

/** With something said on every connection now and then, so that none is taken for dead. */
async function fiveMinutes(): Promise<void> {
  const [alice, phone] = [trio.alice.user.client, trio.phone.user.client];
  for (let passed = 0; passed < 3; passed++) {
    await Promise.all([alice.addContact(phone.contactLink), phone.addContact(alice.contactLink)]);
    clock.advance(100 * SECOND);
  }
}

const codeOf = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    if (error instanceof CallError) return error.code;
    throw error;
  }
};
describe('a call', { timeout: 120_000 }, () => {
  it('rings on both devices, is answered on one and ended by the other side, and is listed everywhere', async () => {
    const { alice, phone, laptop, ids } = trio;
    const call = await ringing();
    expect([...phone.media.legs, ...laptop.media.legs]).toEqual([]);
    await eventually(() => alice.calls.get(call)?.ringing.length).toBe(2);
    phone.calls.accept(call);
    await connected(call, alice, phone);
    await eventually(() => laptop.phase(call)).toBe('ended: elsewhere');
    expect(laptop.media.legs).toEqual([]);
    await eventually(() => alice.calls.get(call)?.shortCode).toMatch(/^[0-9]{8}$/);
    await eventually(() => phone.calls.get(call)?.shortCode).toBe(alice.calls.get(call)?.shortCode);
    expect(alice.calls.media(call)).toBe(alice.media.running[0]);
    phone.calls.hangUp(call);
    for (const device of [alice, phone]) await eventually(() => device.phase(call)).toBe('ended: ended');
    for (const { media } of trio.devices) await eventually(() => media.running).toEqual([]);
    await eventually(() => alice.outcomes(ids.bob)).toEqual(['answered']);
    for (const device of [phone, laptop]) await eventually(() => device.outcomes(ids.alice)).toEqual(['answered']);
  });

  it('that is declined on one device is over on all', async () => {
    const { alice, phone, laptop } = trio;
    const call = await ringing();
    laptop.calls.decline(call);
    await eventually(() => alice.phase(call)).toBe('ended: declined');
    await eventually(() => laptop.phase(call)).toBe('ended: declined');
    await eventually(() => phone.phase(call)).toMatch(/^ended/);
  });

  it('asks for relays once on each side, and again every five minutes for as long as it lasts', async () => {
    let replies = 0;
    server.script = (frame, { action }) => {
      if (action === 'relay.credentials') replies++;
      return frame;
    };
    const call = await talking();
    expect(replies).toBe(2);
    await fiveMinutes();
    await eventually(() => replies).toBe(4);
    await fiveMinutes();
    await eventually(() => replies).toBe(6);
    await over(call);
    await fiveMinutes();
    await fiveMinutes();
    expect(replies).toBe(6);
  });

  it('restarts its path over a relay that drains, and only then', async () => {
    const { alice, phone, ids } = trio;
    const call = await talking();
    const [hers, his] = [alice.media.running[0], phone.media.running[0]];
    const first = hers?.options.relays[0]?.username;
    server.tell(ids.alice, alice.id, { event: 'relay.draining', relay: 'another' });
    server.tell(ids.alice, alice.id, { event: 'relay.draining', relay: 'first' });
    await eventually(() => his?.done.filter((work) => work.startsWith('restart'))).toHaveLength(1);
    await eventually(() => hers?.done.at(-1)).toMatch(/^(add 1|restart-accept 1)$/);
    const restarts = hers?.done.filter((work) => work.startsWith('restart '));
    expect(restarts).toHaveLength(1);
    expect(restarts?.[0]).not.toContain(first);
    await over(call);
  });

  it('has video when both want it', async () => {
    const { alice, phone } = trio;
    const call = await talking();
    alice.calls.wantVideo(call, true);
    await eventually(() => phone.calls.get(call)?.video).toBe('asked-by-them');
    expect(alice.media.running[0]?.sending).toEqual({ microphone: true, camera: false });
    phone.calls.wantVideo(call, true);
    await eventually(() => alice.calls.get(call)?.video).toBe('agreed');
    alice.calls.setSending(call, { microphone: true, camera: true });
    await eventually(() => alice.media.running[0]?.sending).toEqual({ microphone: true, camera: true });
    await eventually(() => phone.calls.get(call)?.theirs.camera).toBe(true);
    phone.calls.wantVideo(call, false);
    await eventually(() => alice.media.running[0]?.sending).toEqual({ microphone: true, camera: false });
    await over(call);
  });

  it('goes on at another device of the person, after a gesture there', async () => {
    const { alice, phone, laptop } = trio;
    const call = await talking();
    const before = laptop.media.legs.length;
    phone.calls.handOver(call, laptop.id);
    await eventually(() => laptop.phase(call)).toBe('offered-here');
    expect(laptop.media.legs).toHaveLength(before);
    laptop.calls.accept(call);
    await connected(call, laptop, alice);
    await eventually(() => phone.phase(call)).toBe('ended: moved');
    await eventually(() => alice.calls.get(call)?.device).toBe(laptop.id);
    expect(phone.media.running).toEqual([]);
    expect(alice.media.running).toHaveLength(1);
    expect(alice.media.running[0]?.fingerprints.remote).toBe(laptop.media.running[0]?.own);
    await eventually(() => alice.calls.get(call)?.shortCode).toBe(laptop.calls.get(call)?.shortCode);
    await over(call);
  });

  it('stays where it is until the new device is heard', async () => {
    const { alice, phone, laptop } = trio;
    const call = await talking();
    phone.calls.handOver(call, laptop.id);
    await eventually(() => laptop.phase(call)).toBe('offered-here');
    laptop.media.isSilent = true;
    laptop.calls.accept(call);
    await eventually(() => alice.media.running).toHaveLength(2);
    await eventually(() => laptop.phase(call)).toBe('connected');
    expect(phone.phase(call)).toBe('connected');
    laptop.media.isSilent = false;
    await eventually(() => phone.phase(call)).toBe('ended: moved');
    await over(call);
  });

  it('rings on a device that was not there when it began, and not when it is over by then', async () => {
    const { alice, laptop } = trio;
    laptop.crash();
    const call = await place();
    await laptop.start();
    await eventually(() => laptop.phase(call)).toBe('ringing');
    laptop.crash();
    alice.calls.hangUp(call);
    await laptop.start();
    await eventually(() => laptop.outcomes(trio.ids.alice).then((all) => all.at(-1))).toBe('missed');
    expect(laptop.running).toEqual([]);
  });

  it('does not ring on a device that shall not, which lists it', async () => {
    const { alice, phone, laptop, ids } = trio;
    await laptop.calls.setRings(false);
    laptop.user.stop();
    await laptop.start();
    expect(laptop.calls.rings).toBe(false);
    const call = await place();
    await eventually(() => phone.phase(call)).toBe('ringing');
    await eventually(() => alice.calls.get(call)?.ringing).toEqual([phone.id]);
    expect(laptop.running).toEqual([]);
    await over(call);
    await eventually(() => laptop.outcomes(ids.alice).then((all) => all.at(-1))).toBe('missed');
    await laptop.calls.setRings(true);
  });

  it('connects while the person is still asked for the microphone', async () => {
    const { alice, phone } = trio;
    const allowed = Promise.withResolvers<void>();
    alice.media.before = (work) => (work === 'send' ? allowed.promise : Promise.resolve());
    const call = await talking();
    await eventually(() => alice.calls.get(call)?.shortCode).toMatch(/^[0-9]{8}$/);
    expect(alice.media.running[0]?.sending.microphone).toBe(false);
    allowed.resolve();
    await eventually(() => alice.media.running[0]?.sending.microphone).toBe(true);
    expect(phone.phase(call)).toBe('connected');
    alice.media.before = async () => {};
    await over(call);
  });

  it('is one at a time', async () => {
    const { alice, phone } = trio;
    const call = await talking();
    await expect(place()).rejects.toMatchObject({ code: 'in-a-call' });
    await expect(phone.calls.place(trio.ids.alice)).rejects.toMatchObject({ code: 'in-a-call' });
    expect(codeOf(() => alice.calls.accept(call))).toBe('not-now');
    await over(call);
    for (const gesture of ['accept', 'decline', 'hangUp'] as const)
      expect(codeOf(() => alice.calls[gesture](call))).toBe('unknown-call');
    expect(codeOf(() => alice.calls.setSending('nothing', { microphone: true, camera: true }))).toBe('unknown-call');
    expect(codeOf(() => alice.calls.wantVideo('nothing', true))).toBe('unknown-call');
    expect(codeOf(() => alice.calls.handOver('nothing', 2))).toBe('unknown-call');
    await expect(alice.calls.place(crypto.randomUUID())).rejects.toMatchObject({ code: 'no-devices' });
  });

  it('is hung up when the program is closed, and nothing of the program is left', async () => {
    const { alice, phone } = trio;
    const call = await talking();
    const { client } = alice.user;
    await client.close();
    expect(alice.run.timers.size).toBe(0);
    expect(alice.media.running).toEqual([]);
    await eventually(() => phone.phase(call)).toBe('ended: ended');
    await alice.start();
  });
});

describe('a program that is closed while it only rings', { timeout: 120_000 }, () => {
  it('leaves the call to the other devices', async () => {
    const { alice, phone, laptop } = trio;
    const call = await ringing();
    await laptop.user.client.close();
    await eventually(() => laptop.run.timers.size).toBe(0);
    expect(phone.phase(call)).toBe('ringing');
    phone.calls.accept(call);
    await connected(call, alice, phone);
    await laptop.start();
    expect(laptop.running).toEqual([]);
    await over(call);
  });
});

it('nothing has failed in the background', () => {
  // Programs were ended while they asked for something, and connections were lost.
  const expected = (error: unknown) => error instanceof Crash || error instanceof TransportError;
  for (const { user } of trio.devices) expect(user.failures.filter((error) => !expected(error))).toEqual([]);
});
