/**
 * Where a record is in its collection. The records of a group are read together, in the order of `order`; records of the same
 * order are told apart by `name` and come in an order that says nothing.
 */
export interface RecordKey {
  /** What is read together, for instance a conversation. Only a keyed hash of it is stored in the clear. */
  readonly group: string;
  /** Whole number from 0 to 2^53 - 1, default 0. **The only part of a key that is readable without the store's key**: a time or a count, never an identity. */
  readonly order?: number;
  /** Default ''. Only a keyed hash of it is stored in the clear. */
  readonly name?: string;
}

export interface StoredRecord {
  readonly key: Required<RecordKey>;
  readonly value: Uint8Array;
}

export type RecordWrite =
  | { readonly put: string; readonly key: RecordKey; readonly value: Uint8Array }
  | { readonly delete: string; readonly key: RecordKey };

export interface RangeOptions {
  /** Without a group the whole collection is read, group after group in an order that says nothing. */
  readonly group?: string;
  /** The smallest order, inclusive; needs a group. */
  readonly from?: number;
  /** The order to stop before; needs a group. */
  readonly to?: number;
  /** The last record of the page before: reading goes on behind it, in the direction of reading. */
  readonly after?: RecordKey;
  /** From the largest order down. */
  readonly reverse?: boolean;
  /** At most so many records; 1 to 10,000. */
  readonly limit: number;
}

/** A read sees every write whose promise has resolved. */
export interface RecordReader {
  /** @throws StorageError CORRUPT_RECORD, UNKNOWN_VERSION, READ_FAILED, CLOSED */
  get(collection: string, key: RecordKey): Promise<Uint8Array | undefined>;

  /** One page. Fewer records than `limit` mean that there are no more. @throws StorageError as {@link get}: one bad record fails the page */
  range(collection: string, options: RangeOptions): Promise<StoredRecord[]>;
}

/**
 * Encrypted records in named collections (`a` to `z` and `-`). The comments are obligations of every implementation: the
 * protocol's guarantees hold only if the store keeps them.
 */
export interface RecordStore extends RecordReader {
  /** {@link update} with writes that need no reading. */
  batch(writes: readonly RecordWrite[]): Promise<void>;

  /**
   * Reads, decides and writes, with no other write between. What `decide` returns is written completely or not at all, in the
   * order given, and the promise resolves only when it would survive a crash of the program. When `decide` throws, nothing is
   * written and its error is the result. Updates run one after the other in the order of the calls: `decide` must not wait for
   * another update of this store.
   *
   * @throws StorageError WRITE_FAILED, TAKEN_OVER, CLOSED
   */
  update(decide: (read: RecordReader) => Promise<readonly RecordWrite[]>): Promise<void>;

  /**
   * Has the platform drop what deleted and overwritten records left behind, as far as it can: see docs/STORAGE.md for what that
   * is worth. The Node store also does it by itself some time after deletes and overwrites, and when it closes.
   */
  compact(): Promise<void>;

  /** Lets writes in progress finish, then lets go of the store. Everything after it is refused with CLOSED. */
  close(): Promise<void>;
}
