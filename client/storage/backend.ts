/** What a platform offers: text keys of ASCII characters in the order of their bytes, values as bytes. Knows nothing of encryption. */
export interface Backend {
  get(key: string): Promise<Uint8Array | undefined>;

  /** Entries from `from` (inclusive) to `to` (exclusive), at most `limit`, from the end when `reverse`. */
  range(range: BackendRange): Promise<BackendEntry[]>;

  /** Applies all changes in their order, or none. Resolves when they are durable. */
  write(changes: readonly BackendChange[]): Promise<void>;

  /** Drops remains of what was deleted and overwritten, where the platform has a way to. */
  compact(): Promise<void>;

  /** Resolves when nothing of the platform is held any more. */
  close(): Promise<void>;
}

export interface BackendRange {
  readonly from: string;
  readonly to: string;
  readonly reverse: boolean;
  readonly limit: number;
}

export type BackendEntry = readonly [key: string, value: Uint8Array];

/** An undefined value deletes. */
export type BackendChange = readonly [key: string, value: Uint8Array | undefined];

/**
 * Where the root key of a store without a passphrase is kept. `save` resolves when the key is durable. The bytes passed to it are
 * wiped by the caller afterwards.
 */
export interface KeyPlace {
  /** An HKDF key that cannot be extracted. */
  load(): Promise<CryptoKey | undefined>;
  save(root: Uint8Array<ArrayBuffer>): Promise<void>;
  remove(): Promise<void>;
}
