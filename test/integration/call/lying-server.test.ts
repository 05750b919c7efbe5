import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Frame } from '../../../tools/adversary/man-in-the-middle.ts';
import { CallCloud } from '../../support/call-cloud.ts';
import { type CallDevice, CallTrio } from '../../support/call-trio.ts';
import { eventually } from '../../support/eventually.ts';
import { type Heard, ScriptedServer } from '../../support/scripted-server.ts';
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
  await cloud.name('relay');
  trio = await CallTrio.meet(cloud.url, clock, server.url);
}, 240_000);
afterAll(async () => {
  trio?.close();
  await server?.close();
  await cloud?.close();
});
afterEach(async () => {
  server.script = (frame) => frame;
  for (const device of trio.devices) for (const call of device.running) device.calls.hangUp(call);
  await eventually(() => trio.devices.flatMap(({ running }) => running)).toEqual([]);
});
beforeEach(() => {
  server.script = (frame) => frame;
  // Nobody may ring more than six times in two minutes.
  clock.advance(2 * MINUTE + SECOND);
});

const place = () => trio.alice.calls.place(trio.ids.bob);
const isFor = (heard: Heard, device: CallDevice) => heard.account === device.user.account && heard.device === device.id;
const isMail = (frame: Frame, { action }: Heard) => frame.event === 'message' || action === 'message.pull';

async function ringing(...devices: CallDevice[]): Promise<string> {
  const call = await place();
  for (const device of devices) await eventually(() => device.phase(call)).toBe('ringing');
  return call;
}

/** Alice talks to Bob's phone. */
async function talking(): Promise<string> {
  const call = await ringing(trio.phone, trio.laptop);
  trio.phone.calls.accept(call);
  for (const device of [trio.alice, trio.phone]) await eventually(() => device.phase(call)).toBe('connected');
  await eventually(() => trio.laptop.phase(call)).toBe('ended: elsewhere');
  return call;
}

async function over(call: string): Promise<void> {
  trio.alice.calls.hangUp(call);
  for (const device of trio.devices) await eventually(() => device.running).toEqual([]);
}

describe('a server that lies about claims', { timeout: 120_000 }, () => {
  it('and tells both devices that they have won connects one, and the other stops', async () => {
    const { alice, phone, laptop } = trio;
    server.script = (frame, { action }) => (action === 'call.claim' ? { ...frame, won: true } : frame);
    // The server's event would stop one of them: it is kept back as well.
    const honest = server.script;
    server.script = (frame, heard) => (frame.event === 'call.claimed' ? undefined : honest(frame, heard));
    const call = await ringing(phone, laptop);
    phone.calls.accept(call);
    laptop.calls.accept(call);
    await eventually(() => alice.phase(call)).toBe('connected');
    const both = () => [phone.phase(call), laptop.phase(call)].toSorted();
    await eventually(both).toEqual(['connected', 'ended: elsewhere']);
    for (const { media } of trio.devices) await eventually(() => media.running.length).toBeLessThanOrEqual(1);
    expect(alice.media.running).toHaveLength(1);
    await over(call);
  });

  it('or does not answer one holds nothing up', async () => {
    const { alice, phone, laptop } = trio;
    server.script = (frame, { action }) =>
      action === 'call.claim' || frame.event === 'call.claimed' ? undefined : frame;
    const call = await ringing(phone, laptop);
    phone.calls.accept(call);
    expect(phone.media.running).toEqual([]);
    clock.advance(5 * SECOND);
    for (const device of [alice, phone]) await eventually(() => device.phase(call)).toBe('connected');
    await eventually(() => laptop.phase(call)).toBe('ended: elsewhere');
    await over(call);
  });

  it('ends no call that was answered, and begins none', async () => {
    const { alice, phone, laptop, ids } = trio;
    const call = await talking();
    for (const device of trio.devices) {
      for (const named of [call, 'A'.repeat(22)])
        for (const holder of [laptop.id, phone.id, 99])
          server.tell(device.user.account, device.id, { event: 'call.claimed', call: named, device: holder });
    }
    // What was said before it is heard before it.
    const answered = await phone.user.client.conversations.send(ids.alice, 'still there?');
    await eventually(async () => (await alice.user.client.conversations.messages(ids.bob)).at(-1)?.id).toBe(answered);
    expect([alice.phase(call), phone.phase(call)]).toEqual(['connected', 'connected']);
    expect(trio.devices.map(({ running }) => running.length)).toEqual([1, 1, 0]);
    await over(call);
  });
});

describe('a server that lies about offers', { timeout: 120_000 }, () => {
  it('and brings one to another device or account rings nothing there', async () => {
    const { alice, phone, laptop, ids } = trio;
    const mail: Frame[] = [];
    server.script = (frame, heard) => {
      if (frame.event === 'message' && isFor(heard, phone)) mail.push(frame);
      return isFor(heard, laptop) && isMail(frame, heard) ? undefined : frame;
    };
    const call = await ringing(phone);
    for (const frame of mail) {
      server.tell(ids.bob, laptop.id, frame);
      server.tell(ids.alice, alice.id, frame);
      server.tell(ids.alice, alice.id, { ...frame, sender: ids.bob, senderDevice: laptop.id });
      server.tell(ids.bob, laptop.id, { ...frame, senderDevice: 99 });
    }
    phone.calls.accept(call);
    for (const device of [alice, phone]) await eventually(() => device.phase(call)).toBe('connected');
    expect(laptop.phase(call)).toBeUndefined();
    expect(alice.running).toEqual([call]);
    await over(call);
  });

  it('and keeps one back for more than a minute rings nothing: the call is listed as missed', async () => {
    const { alice, phone, ids } = trio;
    const kept: Frame[] = [];
    server.script = (frame, heard) => {
      if (!isFor(heard, phone) || !isMail(frame, heard)) return frame;
      if (frame.event === 'message') kept.push(frame);
      return heard.action === 'message.pull' ? { ...frame, messages: [] } : undefined;
    };
    const before = (await phone.outcomes(ids.alice)).length;
    const call = await place();
    await eventually(() => kept.length).toBeGreaterThan(0);
    alice.crash();
    clock.advance(61 * SECOND);
    server.script = (frame) => frame;
    const shown: string[] = [];
    const stop = phone.calls.onChange(({ phase }) => void shown.push(phase));
    for (const frame of kept) server.tell(ids.bob, phone.id, frame);
    await eventually(() => phone.outcomes(ids.alice).then((all) => all.slice(before))).toEqual(['missed']);
    expect(shown).not.toContain('ringing');
    expect(phone.phase(call) ?? 'ended: missed').toBe('ended: missed');
    stop();
    await alice.start();
  });

  it('or any other signals, and repeats and reorders them, breaks no call and begins none twice', async () => {
    const { alice, phone, laptop } = trio;
    const all = new Map<string, Frame[]>();
    server.script = (frame, heard) => {
      if (frame.event !== 'message') return frame;
      const key = `${heard.account}/${heard.device}`;
      const seen = [...(all.get(key) ?? []), frame];
      all.set(key, seen);
      // Every frame again, and all that came before it in the wrong order.
      if (heard.account && heard.device)
        for (const old of seen.toReversed()) server.tell(heard.account, heard.device, old);
      return undefined;
    };
    const call = await talking();
    await eventually(() => phone.calls.get(call)?.shortCode).toMatch(/^[0-9]{8}$/);
    await eventually(() => alice.calls.get(call)?.shortCode).toBe(phone.calls.get(call)?.shortCode);
    for (const { media } of [alice, phone]) expect(media.running).toHaveLength(1);
    await over(call);
    for (const device of trio.devices) {
      const account = device.user.account;
      for (const frame of all.get(`${account}/${device.id}`)?.toReversed() ?? [])
        server.tell(account, device.id, frame);
    }
    const next = await talking();
    expect(next).not.toBe(call);
    for (const device of [alice, phone]) expect(device.running).toEqual([next]);
    expect(laptop.running).toEqual([]);
    await over(next);
  });
});

describe('a server that lies about relays', { timeout: 120_000 }, () => {
  const lies = [
    ['a private address', { transport: 'udp', host: '10.1.2.3', port: 3478 }],
    ['this machine under another name', { transport: 'udp', host: '127.0.0.2', port: 3478 }],
    ['a foreign port', { transport: 'udp', host: '8.8.8.8', port: 53 }],
    ['a foreign name', { transport: 'tls', host: 'turn.example.org', port: 443 }],
    ['a name for an address', { transport: 'udp', host: 'turn.example.org', port: 3478 }],
  ] as const;
  it.each(lies)('%s: no relay is used, and the caller’s call fails', async (_, endpoint) => {
    const { alice, phone, ids } = trio;
    server.script = (frame, { action }) => {
      if (action !== 'relay.credentials' || !Array.isArray(frame.relays)) return frame;
      const relays = frame.relays.map((relay) => ({ ...Object(relay), endpoints: [{ ...endpoint }] }));
      return { ...frame, relays };
    };
    const opened = trio.devices.map(({ media }) => media.legs.length);
    const call = await place();
    await eventually(() => alice.phase(call)).toMatch(/^ended: (no-relay|failed)$/);
    expect(trio.devices.map(({ media }) => media.legs.length)).toEqual(opened);
    expect(phone.phase(call)).toBeUndefined();
    await eventually(() => alice.outcomes(ids.bob).then((all) => all.at(-1))).toBe('failed');
  });
});
