import type { Backend, BackendChange, BackendEntry, BackendRange, KeyPlace } from './backend.ts';
import { openStore } from './open-store.ts';
import type { RecordStore } from './record-store.ts';
import { importRoot } from './store-keys.ts';

/** A store that ends with the process, for tests and for tools that leave nothing behind. */
export function openMemoryStore(): Promise<RecordStore> {
  return openStore({ backend: new MemoryBackend(), keyPlace: new MemoryKeyPlace() });
}

/** Keeps every obligation but durability. */
export class MemoryBackend implements Backend {
  readonly entries = new Map<string, Uint8Array>();

  async get(key: string): Promise<Uint8Array | undefined> {
    return this.entries.get(key);
  }

  async range({ from, to, reverse, limit }: BackendRange): Promise<BackendEntry[]> {
    const keys = [...this.entries.keys()].filter((key) => key >= from && key < to).sort();
    if (reverse) keys.reverse();
    return keys.slice(0, limit).map((key) => [key, this.entries.get(key) ?? new Uint8Array()]);
  }

  async write(changes: readonly BackendChange[]): Promise<void> {
    for (const [key, value] of changes) {
      if (value) this.entries.set(key, value);
      else this.entries.delete(key);
    }
  }

  async compact(): Promise<void> {}

  async close(): Promise<void> {}
}

export class MemoryKeyPlace implements KeyPlace {
  #root: CryptoKey | undefined;

  async load(): Promise<CryptoKey | undefined> {
    return this.#root;
  }

  async save(root: Uint8Array<ArrayBuffer>): Promise<void> {
    this.#root = await importRoot(root);
  }

  async remove(): Promise<void> {
    this.#root = undefined;
  }
}
