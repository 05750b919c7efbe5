import { Conversations } from '../../client/conversation/conversations.ts';
import { MemoryBackend, MemoryKeyPlace } from '../../client/storage/memory-store.ts';
import { openStore } from '../../client/storage/open-store.ts';
import type { RecordStore } from '../../client/storage/record-store.ts';
import { dumpStore } from './dump.ts';
import { ManualClock } from './manual-clock.ts';
import { MemoryCourier, MemoryPost } from './memory-post.ts';

export const ALICE = '11111111-1111-8111-8111-111111111111';
export const BOB = '22222222-2222-8222-8222-222222222222';
export const CAROL = '33333333-3333-8333-8333-333333333333';

/** Devices that talk over a memory post, in a time that stands still until a test moves it. */
export class World {
  readonly clock = new ManualClock(1_800_000_000_000);
  readonly post = new MemoryPost(() => this.clock.now());
  readonly talkers: Talker[] = [];

  /** A device that is running. */
  async join(account: string, device = 1): Promise<Talker> {
    const talker = new Talker(this, account, device);
    this.talkers.push(talker);
    await talker.start();
    return talker;
  }

  /** Lets letters go back and forth until nothing moves. */
  settle(): Promise<void> {
    return this.post.settle();
  }

  /** Lets time pass, lets everybody do what is due then, and lets what they send arrive. */
  async pass(milliseconds: number): Promise<void> {
    this.clock.advance(milliseconds);
    for (const talker of this.talkers) await talker.rest();
    await this.settle();
  }

  close(): void {
    for (const talker of this.talkers) talker.stop();
  }
}

/** A device with conversations, whose program can end at any time and be started again. */
export class Talker {
  readonly account: string;
  readonly device: number;
  /** What outlives the program. */
  readonly parts = { backend: new MemoryBackend(), keyPlace: new MemoryKeyPlace() };
  /** How far the device's clock is off. */
  skew = 0;
  /** What stands between the program and its store. */
  wrap: (store: RecordStore) => RecordStore = (store) => store;
  onFailure: (error: unknown) => void = () => {};
  readonly #world: World;
  #run: { store: RecordStore; courier: MemoryCourier; conversations: Conversations } | undefined;

  constructor(world: World, account: string, device: number) {
    this.#world = world;
    this.account = account;
    this.device = device;
  }

  get conversations(): Conversations {
    return this.#running.conversations;
  }

  get courier(): MemoryCourier {
    return this.#running.courier;
  }

  get store(): RecordStore {
    return this.#running.store;
  }

  /** @param server what the server says the time is; undefined: it has not been asked yet */
  async start(server?: () => number): Promise<void> {
    const { clock, post } = this.#world;
    const store = this.wrap(await openStore(this.parts));
    const courier = new MemoryCourier(post, this.account, this.device, store);
    courier.server = server;
    const platform = {
      now: () => clock.now() + this.skew,
      elapsed: () => clock.now(),
      random: () => 0.5,
      after: (milliseconds: number, callback: () => void) => clock.after(milliseconds, callback),
    };
    post.join(courier);
    const { onFailure } = this;
    const conversations = await Conversations.open({ store, courier, platform, onFailure });
    this.#run = { store, courier, conversations };
  }

  /** Ends the program as a crash does: nothing is closed in order. */
  stop(): void {
    this.#run?.conversations.close();
    this.#run = undefined;
  }

  async restart(server?: () => number): Promise<void> {
    this.stop();
    await this.start(server);
  }

  /** Resolves when the store has nothing left to do of what was begun. */
  async rest(): Promise<void> {
    // Work in the background takes its turn in the store's queue a few times in a row.
    for (let turn = 0; turn < 5; turn++) await this.#run?.store.update(async () => []);
  }

  /** What is shown of a conversation: its texts, the oldest first. */
  async texts(account: string): Promise<string[]> {
    const found = await this.conversations.messages(account, { limit: 1_000 });
    return found.map(({ kind, text }) => (kind === 'text' ? text : `(${kind})`));
  }

  /** Everything in the store, decrypted with its own key. */
  dump(): Promise<string> {
    return dumpStore(this.parts);
  }

  get #running() {
    if (!this.#run) throw new Error('the program is not running');
    return this.#run;
  }
}
