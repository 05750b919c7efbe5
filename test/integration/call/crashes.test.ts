import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CallCloud } from '../../support/call-cloud.ts';
import { type CallDevice, CallTrio } from '../../support/call-trio.ts';
import { eventually } from '../../support/eventually.ts';
import { ScriptedServer } from '../../support/scripted-server.ts';
import { ShiftedClock } from '../../support/shifted-clock.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
/** Nobody rings, waits or is busy for longer after the other side has gone (CALLS.md, section 3). */
const LONGEST = 60 * SECOND;

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
beforeEach(() => {
  server.script = (frame) => frame;
  trio.network.isOpen = true;
  for (const { media } of trio.devices) media.before = async () => {};
  // Nobody may ring more than six times in two minutes.
  clock.advance(2 * MINUTE + SECOND);
});

type Name = 'alice' | 'phone' | 'laptop';

/** Brings a call into a state, and returns its id. */
type Way = () => Promise<string>;

const never = new Promise<void>(() => {});
const stuckAt = (device: CallDevice, work: string) => {
  device.media.before = (begun) => (begun === work ? never : Promise.resolve());
};

async function ringing(): Promise<string> {
  const call = await trio.alice.calls.place(trio.ids.bob);
  for (const device of [trio.phone, trio.laptop]) await eventually(() => device.phase(call)).toBe('ringing');
  return call;
}

async function accepted(): Promise<string> {
  const call = await ringing();
  trio.phone.calls.accept(call);
  await eventually(() => trio.phone.phase(call)).not.toBe('ringing');
  return call;
}

async function connected(): Promise<string> {
  const call = await accepted();
  for (const device of [trio.alice, trio.phone]) await eventually(() => device.phase(call)).toBe('connected');
  await eventually(() => trio.laptop.phase(call)).toBe('ended: elsewhere');
  return call;
}

async function offeredToLaptop(): Promise<string> {
  const call = await connected();
  trio.phone.calls.handOver(call, trio.laptop.id);
  await eventually(() => trio.laptop.phase(call)).toBe('offered-here');
  return call;
}

const STATES: Readonly<Record<string, Way>> = {
  'calling, before there is an offer': async () => {
    stuckAt(trio.alice, 'offer');
    const call = await trio.alice.calls.place(trio.ids.bob);
    await eventually(() => trio.alice.media.running.length).toBeGreaterThan(0);
    return call;
  },
  ringing,
  'claiming, without an answer of the server': async () => {
    server.script = (frame, { action }) => (action === 'call.claim' ? undefined : frame);
    return accepted();
  },
  'answering, before there is an answer': async () => {
    stuckAt(trio.phone, 'answer');
    const call = await accepted();
    await eventually(() => trio.phone.media.running).toHaveLength(1);
    return call;
  },
  'answered, and the caller does not hear it': async () => {
    server.script = (frame, { account }) => (frame.event === 'message' && account === trio.ids.alice ? undefined : frame);
    const call = await accepted();
    await eventually(() => trio.phone.media.running[0]?.done).toEqual(expect.arrayContaining(['answer']));
    return call;
  },
  'declining, without an answer of the server': async () => {
    server.script = (frame, { action }) => (action === 'call.claim' ? undefined : frame);
    const call = await ringing();
    trio.phone.calls.decline(call);
    return call;
  },
  connecting: async () => {
    trio.network.isOpen = false;
    const call = await accepted();
    for (const device of [trio.alice, trio.phone]) await eventually(() => device.phase(call)).toBe('connecting');
    return call;
  },
  connected,
  interrupted: async () => {
    const call = await connected();
    trio.network.isOpen = false;
    for (const device of [trio.alice, trio.phone]) await eventually(() => device.phase(call)).toBe('interrupted');
    return call;
  },
  'handing over': offeredToLaptop,
  'taking over': async () => {
    stuckAt(trio.laptop, 'offer');
    const call = await offeredToLaptop();
    trio.laptop.calls.accept(call);
    await eventually(() => trio.laptop.media.running).toHaveLength(1);
    return call;
  },
};

const CRASHES = Object.keys(STATES).flatMap((state) => {
  const who: readonly Name[] = /ing over$/.test(state) ? ['alice', 'phone', 'laptop'] : ['alice', 'phone'];
  return who.map((name) => [state, name] as const);
});

describe('a program that ends', { timeout: 120_000 }, () => {
  it.each(CRASHES)('while %s: %s', async (state, name) => {
    await STATES[state]?.();
    const gone = trio[name];
    const others = trio.devices.filter((device) => device !== gone);
    gone.crash();
    for (let passed = 0; passed < LONGEST; passed += SECOND) {
      clock.advance(SECOND);
      // What is due leads to more, which the network carries.
      await new Promise((resolve) => setImmediate(resolve));
    }
    const left = () => others.flatMap(({ running }) => running);
    // A handover that came to nothing leaves the call where it was.
    const goesOn = /ing over$/.test(state) && name === 'laptop';
    await eventually(left).toHaveLength(goesOn ? 2 : 0);
    if (goesOn) for (const device of others) for (const call of device.running) device.calls.hangUp(call);
    await eventually(left).toEqual([]);
    for (const { media } of others) expect(media.running).toEqual([]);
    server.script = (frame) => frame;
    await gone.start();
    await eventually(() => gone.user.client.state.kind).toBe('online');
    expect(gone.running).toEqual([]);
  });
});
