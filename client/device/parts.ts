import type { AccountBook } from '../identity/account-book.ts';
import type { ListFetcher, Requests } from '../identity/list-fetcher.ts';
import type { SelectionBook } from '../identity/selection-book.ts';
import type { CryptoProvider, SignalProtocol } from '../signal-protocol/index.ts';
import type { RecordStore } from '../storage/record-store.ts';

/** What sending and receiving work with. */
export interface DeviceParts {
  readonly store: RecordStore;
  readonly server: Requests;
  readonly book: AccountBook;
  readonly fetcher: ListFetcher;
  readonly selections: SelectionBook;
  readonly engine: SignalProtocol;
  /** Undefined: what the engine finds by itself. */
  readonly provider: CryptoProvider | undefined;
  /** Milliseconds since 1970, by this device's own clock. */
  readonly now: () => number;
  /** Milliseconds since 1970, by the server's clock as far as it is known: for message ids alone. */
  readonly serverNow: () => number;
}
