import { AccountBook, type Offered } from '../../../../client/identity/account-book.ts';
import type { KnownAccount } from '../../../../client/identity/known-account.ts';
import { type Notice, readNotices } from '../../../../client/identity/notice.ts';
import { openMemoryStore } from '../../../../client/storage/memory-store.ts';
import type { RecordStore } from '../../../../client/storage/record-store.ts';
import { type Changes, TestAccount } from '../../../support/identities.ts';

/** A book in memory, what it has told, and shorthands for offering it what an account has published. */
export class TestBook {
  readonly store: RecordStore;
  readonly book: AccountBook;
  readonly told: Notice[] = [];

  private constructor(store: RecordStore) {
    this.store = store;
    this.book = new AccountBook(store);
    this.book.onNotice((notice) => this.told.push(notice));
  }

  static async open(): Promise<TestBook> {
    return new TestBook(await openMemoryStore());
  }

  /** A book that knows an account of these devices. */
  static async knowing(seed: string, devices = 1): Promise<{ test: TestBook; account: TestAccount }> {
    const test = await TestBook.open();
    const account = new TestAccount(seed, devices);
    await test.offerNext(account);
    return { test, account };
  }

  /** Offers the lists that the account has beyond the pinned one. */
  async offerNext(account: TestAccount): Promise<Offered> {
    const after = (await this.book.get(account.account))?.pinned.content.sequence ?? 0;
    return this.book.offer(account.expected, after, account.lists.slice(after));
  }

  async publish(account: TestAccount, changes: Changes = {}): Promise<Offered> {
    account.publish(changes);
    return this.offerNext(account);
  }

  async known(account: TestAccount): Promise<KnownAccount> {
    const known = await this.book.get(account.account);
    if (!known) throw new Error('not known');
    return known;
  }

  kept(): Promise<Notice[]> {
    return readNotices(this.store);
  }
}
