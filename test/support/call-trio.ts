import { nodePlatform } from '../../client/transport/node-platform.ts';
import type { Platform } from '../../client/transport/platform.ts';
import type { Clock } from '../../local/clock.ts';
import { CrashingStore } from './crashing-store.ts';
import { FakeMedia, FakeNetwork } from './fake-media.ts';
import { User } from './users.ts';

/** One run of a program: in a time that a test moves, with a network that a test takes away. */
class Run {
  readonly platform: Platform;
  /** Timers that have not been called. */
  readonly timers = new Set<object>();
  readonly #open = new Set<() => void>();
  #isOver = false;

  /** @param via where the deployment is reached instead of at its own address */
  constructor(clock: Clock, via?: string) {
    this.platform = {
      ...nodePlatform,
      now: () => clock.now(),
      elapsed: () => clock.now(),
      after: (milliseconds, callback) => this.#after(clock, milliseconds, callback),
      openSocket: (url, protocols, handlers) => {
        const socket = nodePlatform.openSocket(via ?? url, protocols, {
          opened: (protocol) => this.#isOver || handlers.opened(protocol),
          message: (data) => this.#isOver || handlers.message(data),
          closed: () => this.#isOver || handlers.closed(),
        });
        this.#open.add(socket.close);
        return socket;
      },
    };
  }

  /** Nothing is heard of the program any more, and it hears nothing. */
  end(): void {
    this.#isOver = true;
    for (const close of this.#open) close();
  }

  #after(clock: Clock, milliseconds: number, callback: () => void): () => void {
    const timer = {};
    this.timers.add(timer);
    const cancel = clock.after(milliseconds, () => {
      this.timers.delete(timer);
      if (!this.#isOver) callback();
    });
    return () => {
      this.timers.delete(timer);
      cancel();
    };
  }
}

/** A device of somebody who can be called, with media that is played. */
export class CallDevice {
  readonly user: User;
  readonly media: FakeMedia;
  readonly #newRun: () => Run;
  run: Run;
  #store: CrashingStore | undefined;

  constructor(user: User, media: FakeMedia, newRun: () => Run) {
    this.user = user;
    this.media = media;
    this.#newRun = newRun;
    this.run = newRun();
    user.platform = this.run.platform;
    user.calls = { media };
    user.wrap = (store) => {
      this.#store = new CrashingStore(store);
      return this.#store;
    };
  }

  get calls() {
    return this.user.client.calls;
  }
  get id(): number {
    return this.user.client.device;
  }

  /** Phase, and why it ended. */
  phase(call: string): string | undefined {
    const shown = this.calls.get(call);
    return shown?.reason === undefined ? shown?.phase : `${shown.phase}: ${shown.reason}`;
  }

  /** Calls that keep the person busy. */
  get running(): string[] {
    return this.calls.list().flatMap(({ call, phase }) => (phase === 'ended' ? [] : call));
  }

  /** Outcomes of the calls in a conversation, the oldest first. */
  async outcomes(peer: string): Promise<string[]> {
    const messages = await this.user.client.conversations.messages(peer, { limit: 1_000 });
    return messages.flatMap(({ call }) => call?.outcome ?? []);
  }

  /** The program ends without a word, and nothing that it was doing is done. */
  crash(): void {
    this.run.end();
    this.#store?.arm(0);
    this.user.vanish();
    for (const leg of this.media.running) leg.close();
  }

  /** With what outlived the program. */
  async start(): Promise<void> {
    this.run = this.#newRun();
    this.user.platform = this.run.platform;
    await this.user.start();
  }
}

/** Alice with one device, Bob with two: real clients, which have written to each other. */
export class CallTrio {
  readonly network: FakeNetwork;
  readonly alice: CallDevice;
  readonly phone: CallDevice;
  readonly laptop: CallDevice;
  /** Accounts. */
  readonly ids: { readonly alice: string; readonly bob: string };

  private constructor(network: FakeNetwork, [alice, phone, laptop]: readonly [CallDevice, CallDevice, CallDevice]) {
    this.network = network;
    this.alice = alice;
    this.phone = phone;
    this.laptop = laptop;
    this.ids = { alice: alice.user.account, bob: phone.user.account };
  }

  static async meet(url: string, clock: Clock, via?: string): Promise<CallTrio> {
    const network = new FakeNetwork();
    const device = (user = new User(url)) => new CallDevice(user, new FakeMedia(network), () => new Run(clock, via));
    const [alice, phone, laptop] = [device(), device(), device()];
    await Promise.all([alice.user.signUp(), phone.user.signUp()]);
    await laptop.user.join(phone.user);
    const [hers, his] = [alice.user.account, phone.user.account];
    await alice.user.client.addContact(phone.user.client.contactLink);
    await alice.user.client.conversations.send(his, 'hello');
    for (const { user } of [phone, laptop]) await user.shows(hers, ['hello']);
    await phone.user.client.conversations.send(hers, 'hello yourself');
    await alice.user.until(his, (texts) => texts.length === 2);
    for (const { user } of [phone, laptop]) await user.until(hers, (texts) => texts.length === 2);
    return new CallTrio(network, [alice, phone, laptop]);
  }

  get devices(): readonly CallDevice[] {
    return [this.alice, this.phone, this.laptop];
  }

  close(): void {
    for (const { user } of this.devices) user.stop();
  }
}
