import { type CallOptions, createAccount, joinAccount, type RecordStore, Sotto } from '../../client/index.ts';
import { MemoryBackend, MemoryKeyPlace } from '../../client/storage/memory-store.ts';
import { openStore } from '../../client/storage/open-store.ts';
import { nodePlatform } from '../../client/transport/node-platform.ts';
import type { Platform } from '../../client/transport/platform.ts';

/** A device of somebody who uses the SDK as an application does, on a running deployment. */
export class User {
  readonly endpoint: string;
  /** What outlives the program. */
  readonly parts = { backend: new MemoryBackend(), keyPlace: new MemoryKeyPlace() };
  readonly failures: unknown[] = [];
  platform: Platform = nodePlatform;
  /** Absent: it takes part in no calls. */
  calls: CallOptions | undefined;
  /** What stands between the program and its store. */
  wrap: (store: RecordStore) => RecordStore = (store) => store;
  #client: Sotto | undefined;

  /** Not running, with an empty store. */
  constructor(endpoint: string) {
    this.endpoint = endpoint;
  }

  static async signUp(endpoint: string, platform: Platform = nodePlatform): Promise<User> {
    const user = new User(endpoint);
    user.platform = platform;
    await user.signUp();
    return user;
  }

  /** A new device of the account, with both people saying yes. */
  static async link(holder: User, name = 'another device'): Promise<User> {
    const user = new User(holder.endpoint);
    user.platform = holder.platform;
    await user.join(holder, name);
    return user;
  }

  /** Makes an account, and starts. */
  async signUp(): Promise<void> {
    await createAccount({ endpoint: this.endpoint, store: await this.openStore(), platform: this.platform });
    await this.start();
  }

  /** Joins the account of another device, with both people saying yes, and starts. */
  async join(holder: User, name = 'another device'): Promise<void> {
    const linked = Promise.withResolvers<void>();
    const showCode = (code: string) => {
      holder.client
        .linkDevice(code)
        .then((linking) => linking.confirm())
        .then(() => linked.resolve(), linked.reject);
    };
    const options = { endpoint: this.endpoint, store: await this.openStore(), platform: this.platform };
    await Promise.all([linked.promise, joinAccount(options, { name, showCode, agree: async () => true })]);
    await this.start();
  }

  get client(): Sotto {
    if (!this.#client) throw new Error('the program is not running');
    return this.#client;
  }

  get account(): string {
    return this.client.account;
  }

  openStore(): Promise<RecordStore> {
    return openStore(this.parts);
  }

  async start(): Promise<void> {
    const store = this.wrap(await this.openStore());
    const onFailure = (error: unknown) => void this.failures.push(error);
    const { endpoint, platform, calls } = this;
    this.#client = await Sotto.open({ endpoint, store, platform, onFailure, ...(calls && { calls }) });
  }

  /** Ends the program; of its work nothing is waited for. */
  stop(): void {
    void this.#client?.close();
    this.#client = undefined;
  }

  /** The program is not there any more. What it was about to do must have ended before. */
  vanish(): void {
    this.#client = undefined;
  }

  /** Resolves when the condition holds of a conversation; it is looked at whenever that changes. */
  async until(account: string, condition: (texts: readonly string[]) => boolean): Promise<void> {
    const { conversations } = this.client;
    const changed = { wake: () => {} };
    const stop = conversations.onChange(() => changed.wake());
    try {
      for (;;) {
        const { promise, resolve } = Promise.withResolvers<void>();
        changed.wake = resolve;
        if (condition(await this.texts(account))) return;
        await promise;
      }
    } finally {
      stop();
    }
  }

  /** What is shown of a conversation, the oldest first. */
  async texts(account: string): Promise<string[]> {
    const found = await this.client.conversations.messages(account, { limit: 1_000 });
    return found.map(({ kind, text }) => (kind === 'text' ? text : `(${kind})`));
  }

  /** Resolves when the conversation shows exactly these texts. */
  async shows(account: string, texts: readonly string[]): Promise<void> {
    await this.until(account, (found) => found.join('\n') === texts.join('\n'));
  }
}
