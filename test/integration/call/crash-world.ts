import { expect } from 'vitest';
import { CallCloud } from '../../support/call-cloud.ts';
import { type CallDevice, CallTrio } from '../../support/call-trio.ts';
import { eventually } from '../../support/eventually.ts';
import { ScriptedServer } from '../../support/scripted-server.ts';
import { ShiftedClock } from '../../support/shifted-clock.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
/** Nobody rings, waits or is busy for longer after the other side has gone (CALLS.md, section 3). */
const LONGEST = 60 * SECOND;
/** But that a caller waits for a relay to start, whoever else is there. */
const LONGEST_START = 90 * SECOND;

type Name = 'alice' | 'phone' | 'laptop';

/** Brings a call into a state. */
type Way = () => Promise<unknown>;

export const STATES = [
  'calling, before there is an offer',
  'ringing',
  'claiming, without an answer of the server',
  'answering, before there is an answer',
  'answered, and the caller does not hear it',
  'declining, without an answer of the server',
  'connecting',
  'connected',
  'interrupted',
  'handing over',
  'taking over',
] as const;
type State = (typeof STATES)[number];
const UNOFFERED: State = 'calling, before there is an offer';
export const HANDOVERS: readonly State[] = ['handing over', 'taking over'];
const never = new Promise<void>(() => {});
const stuckAt = (device: CallDevice, work: string) => {
  device.media.before = (begun) => (begun === work ? never : Promise.resolve());
};

/** Calls in which programs end, in a time that the test moves. */
export class CrashWorld {
  readonly #clock: ShiftedClock;
  readonly #cloud: CallCloud;
  readonly #server: ScriptedServer;
  readonly #trio: CallTrio;

  private constructor(clock: ShiftedClock, cloud: CallCloud, server: ScriptedServer, trio: CallTrio) {
    this.#clock = clock;
    this.#cloud = cloud;
    this.#server = server;
    this.#trio = trio;
  }

  readonly #states: Readonly<Record<State, Way>> = {
    'calling, before there is an offer': async () => {
      stuckAt(this.#trio.alice, 'offer');
      const call = await this.#trio.alice.calls.place(this.#trio.ids.bob);
      await eventually(() => this.#trio.alice.media.running.length).toBeGreaterThan(0);
      return call;
    },
    ringing: () => this.#ringing(),
    'claiming, without an answer of the server': async () => {
      this.#server.script = (frame, { action }) => (action === 'call.claim' ? undefined : frame);
      return this.#accepted();
    },
    'answering, before there is an answer': async () => {
      stuckAt(this.#trio.phone, 'answer');
      const call = await this.#accepted();
      await eventually(() => this.#trio.phone.media.running).toHaveLength(1);
      return call;
    },
    'answered, and the caller does not hear it': async () => {
      this.#server.script = (frame, { account }) =>
        frame.event === 'message' && account === this.#trio.ids.alice ? undefined : frame;
      const call = await this.#accepted();
      await eventually(() => this.#trio.phone.media.running[0]?.done).toEqual(expect.arrayContaining(['answer']));
      return call;
    },
    'declining, without an answer of the server': async () => {
      this.#server.script = (frame, { action }) => (action === 'call.claim' ? undefined : frame);
      const call = await this.#ringing();
      this.#trio.phone.calls.decline(call);
      return call;
    },
    connecting: async () => {
      this.#trio.network.isOpen = false;
      const call = await this.#accepted();
      for (const device of [this.#trio.alice, this.#trio.phone])
        await eventually(() => device.phase(call)).toBe('connecting');
      return call;
    },
    connected: () => this.#connected(),
    interrupted: async () => {
      const call = await this.#connected();
      this.#trio.network.isOpen = false;
      for (const device of [this.#trio.alice, this.#trio.phone])
        await eventually(() => device.phase(call)).toBe('interrupted');
      return call;
    },
    'handing over': () => this.#offeredToLaptop(),
    'taking over': async () => {
      stuckAt(this.#trio.laptop, 'offer');
      const call = await this.#offeredToLaptop();
      this.#trio.laptop.calls.accept(call);
      await eventually(() => this.#trio.laptop.media.running).toHaveLength(1);
      return call;
    },
  };

  static async open(): Promise<CrashWorld> {
    const clock = new ShiftedClock();
    const cloud = await CallCloud.start({ clock });
    const server = await ScriptedServer.start(cloud.url);
    await cloud.name('relay');
    return new CrashWorld(clock, cloud, server, await CallTrio.meet(cloud.url, clock, server.url));
  }

  async close(): Promise<void> {
    this.#trio.close();
    await this.#server.close();
    await this.#cloud.close();
  }

  /** Everybody is honest and idle, and may be called. */
  reset(): void {
    this.#server.script = (frame) => frame;
    this.#trio.network.isOpen = true;
    for (const { media } of this.#trio.devices) media.before = async () => {};
    // Nobody may ring more than six times in two minutes.
    this.#clock.advance(2 * MINUTE + SECOND);
  }

  /** A program ends in a state of a call: nobody else is busy for longer than a minute, and it is idle when it is started again. */
  async crash(state: State, name: Name): Promise<void> {
    await this.#states[state]();
    const gone = this.#trio[name];
    const others = this.#trio.devices.filter((device) => device !== gone);
    const left = () => others.flatMap(({ running }) => running);
    // Before there is an offer, nobody but the caller knows of the call.
    const isCallersAlone = state === UNOFFERED && name === 'alice';
    expect(left().length > 0).toBe(!isCallersAlone);
    gone.crash();
    const longest = state === UNOFFERED ? LONGEST_START : LONGEST;
    for (let passed = 0; passed < longest; passed += SECOND) {
      this.#clock.advance(SECOND);
      // What is due leads to more, which the network carries.
      await new Promise((resolve) => setImmediate(resolve));
    }
    // A handover to a device that has gone comes to nothing: the call stays where it was.
    const goesOn = HANDOVERS.includes(state) && name === 'laptop';
    // Real time passes while it is waited for: not so long that another limit would do.
    await expect.poll(left, { timeout: 5 * SECOND, interval: 10 }).toHaveLength(goesOn ? 2 : 0);
    for (const device of others) for (const call of device.running) device.calls.hangUp(call);
    await eventually(left).toEqual([]);
    for (const { media } of others) expect(media.running).toEqual([]);
    this.#server.script = (frame) => frame;
    await gone.start();
    await eventually(() => gone.user.client.state.kind).toBe('online');
    expect(gone.running).toEqual([]);
  }

  async #ringing(): Promise<string> {
    const call = await this.#trio.alice.calls.place(this.#trio.ids.bob);
    for (const device of [this.#trio.phone, this.#trio.laptop])
      await eventually(() => device.phase(call)).toBe('ringing');
    return call;
  }

  async #accepted(): Promise<string> {
    const call = await this.#ringing();
    this.#trio.phone.calls.accept(call);
    await eventually(() => this.#trio.phone.phase(call)).not.toBe('ringing');
    return call;
  }

  async #connected(): Promise<string> {
    const call = await this.#accepted();
    for (const device of [this.#trio.alice, this.#trio.phone])
      await eventually(() => device.phase(call)).toBe('connected');
    await eventually(() => this.#trio.laptop.phase(call)).toBe('ended: elsewhere');
    return call;
  }

  async #offeredToLaptop(): Promise<string> {
    const call = await this.#connected();
    this.#trio.phone.calls.handOver(call, this.#trio.laptop.id);
    await eventually(() => this.#trio.laptop.phase(call)).toBe('offered-here');
    return call;
  }
}
