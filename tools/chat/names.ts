import type { RecordStore } from '../../client/index.ts';

const COLLECTION = 'chat-names';

/** What the person calls others; kept in the store, told to nobody. */
export class Names {
  readonly #store: RecordStore;
  readonly #names = new Map<string, string>();

  private constructor(store: RecordStore) {
    this.#store = store;
  }

  static async load(store: RecordStore): Promise<Names> {
    const names = new Names(store);
    const decoder = new TextDecoder();
    for (const { key, value } of await store.range(COLLECTION, { limit: 10_000 })) {
      names.#names.set(key.group, decoder.decode(value));
    }
    return names;
  }

  of(account: string): string {
    return this.#names.get(account) ?? account.slice(0, 8);
  }

  /** The account that is called so; undefined when none or several are. */
  find(name: string, accounts: readonly string[]): string | undefined {
    const found = accounts.filter((account) => this.of(account) === name);
    return found.length === 1 ? found[0] : undefined;
  }

  async set(account: string, name: string): Promise<void> {
    this.#names.set(account, name);
    await this.#store.batch([{ put: COLLECTION, key: { group: account }, value: new TextEncoder().encode(name) }]);
  }
}
