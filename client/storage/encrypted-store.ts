import type { Backend, BackendChange } from './backend.ts';
import { keyAt, openRecord, sealRecord } from './record-cipher.ts';
import { completeKey, placeOf, placesOf } from './record-place.ts';
import type { RangeOptions, RecordKey, RecordReader, RecordStore, RecordWrite, StoredRecord } from './record-store.ts';
import { StorageError } from './storage-error.ts';
import type { StoreKeys } from './store-keys.ts';

/** A {@link RecordStore} over any backend: what leaves this class is encrypted. */
export class EncryptedStore implements RecordStore {
  readonly #backend: Backend;
  readonly #keys: StoreKeys;
  /** Settles when the last update in the queue has; never rejects. */
  #lastUpdate: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(backend: Backend, keys: StoreKeys) {
    this.#backend = backend;
    this.#keys = keys;
  }

  async get(collection: string, key: RecordKey): Promise<Uint8Array | undefined> {
    this.#requireOpen();
    return this.#read.get(collection, key);
  }

  async range(collection: string, options: RangeOptions): Promise<StoredRecord[]> {
    this.#requireOpen();
    return this.#read.range(collection, options);
  }

  async batch(writes: readonly RecordWrite[]): Promise<void> {
    // Copied now: the caller may use its buffers again before its turn in the queue has come. Not with `slice`: a Buffer's shares memory.
    const copies = writes.map((write) => ('put' in write ? { ...write, value: new Uint8Array(write.value) } : write));
    return this.update(async () => copies);
  }

  async update(decide: (read: RecordReader) => Promise<readonly RecordWrite[]>): Promise<void> {
    this.#requireOpen();
    return this.#enqueue(async () => {
      const changes = await Promise.all((await decide(this.#read)).map((write) => this.#seal(write)));
      if (changes.length > 0) await this.#backend.write(changes);
    });
  }

  async compact(): Promise<void> {
    this.#requireOpen();
    return this.#enqueue(() => this.#backend.compact());
  }

  close(): Promise<void> {
    this.#closing ??= this.#enqueue(() => this.#backend.close());
    return this.#closing;
  }

  /** Reads of updates that were already in the queue when the store began to close still succeed. */
  readonly #read: RecordReader = {
    get: async (collection, key) => {
      const place = await placeOf(this.#keys.names, collection, key);
      const sealed = await this.#backend.get(place);
      return sealed && (await openRecord(this.#keys.records, place, sealed)).value;
    },
    range: async (collection, options) => {
      const places = await placesOf(this.#keys.names, collection, options);
      const entries = await this.#backend.range(places);
      return Promise.all(entries.map(([place, sealed]) => this.#open(place, sealed)));
    },
  };

  async #open(place: string, sealed: Uint8Array): Promise<StoredRecord> {
    const content = await openRecord(this.#keys.records, place, sealed);
    return { key: keyAt(place, content), value: content.value };
  }

  async #seal(write: RecordWrite): Promise<BackendChange> {
    if ('delete' in write) return [await placeOf(this.#keys.names, write.delete, write.key), undefined];
    const place = await placeOf(this.#keys.names, write.put, write.key);
    const { group, name } = completeKey(write.key);
    return [place, await sealRecord(this.#keys.records, place, { group, name, value: write.value })];
  }

  #enqueue<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#lastUpdate.then(work);
    this.#lastUpdate = result.catch(() => undefined);
    return result;
  }

  #requireOpen(): void {
    if (this.#closing) throw new StorageError('CLOSED', 'the store was closed');
  }
}
