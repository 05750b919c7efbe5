// Asks the server for lists and offers them to the book. The server's word decides only what is asked, never what is believed.

import type { SignedDeviceList } from '../../shared/protocol/account.ts';
import type { ReplyOf } from '../../shared/protocol/actions.ts';
import type { Expected } from '../../shared/trust/acceptance.ts';
import { Exclusive } from '../signal-protocol/session/exclusive.ts';
import type { Transport } from '../transport/transport.ts';
import type { AccountBook } from './account-book.ts';
import type { KnownAccount } from './known-account.ts';

/** One account's whole life is at most 99,999,999 lists; a page holds more than ten. Whoever needs more in one go is being kept busy. */
const MOST_PAGES = 1_000;

export type Requests = Pick<Transport, 'request'>;

/** How an account is reached that nobody here knows yet. */
export interface FirstContact {
  readonly token: Uint8Array | null;
}

type Page = ReplyOf<'account.lists'>;

export class ListFetcher {
  readonly #server: Requests;
  readonly #book: AccountBook;
  readonly #exclusive = new Exclusive();

  constructor(server: Requests, book: AccountBook) {
    this.#server = server;
    this.#book = book;
  }

  /**
   * Brings what is known of an account up to what the server hands out, as far as it is acceptable.
   *
   * @param contact for the first time: the contact token of a link
   * @returns what is known then; undefined when nothing ever was accepted
   * @throws ProtocolError `unknown-account`, and what a transport throws
   */
  refresh(expected: Expected, contact: FirstContact | null = null): Promise<KnownAccount | undefined> {
    return this.#exclusive.run(expected.account, async () => {
      if (await this.#book.get(expected.account)) await this.#follow(expected);
      else await this.#meet(expected, contact?.token ?? null);
      return this.#book.get(expected.account);
    });
  }

  /** The whole chain at once: what has changed before the first contact is no change to anybody here. */
  async #meet(expected: Expected, token: Uint8Array | null): Promise<void> {
    const lists: SignedDeviceList[] = [];
    for (let count = 0; count < MOST_PAGES; count++) {
      const page = await this.#page(expected.account, lists.length, token);
      lists.push(...page.lists);
      if (page.more && page.lists.length > 0) continue;
      const offered = await this.#book.offer(expected, 0, lists, token);
      if (offered.kind === 'gap') await this.#tell(expected.account, 1, 'withheld');
      if (offered.kind === 'accepted') await this.#confirm(expected.account, page);
      return;
    }
  }

  async #follow(expected: Expected): Promise<void> {
    for (let count = 0; count < MOST_PAGES; count++) if (!(await this.#nextPage(expected))) return;
  }

  /** Whether there is more to ask for. */
  async #nextPage(expected: Expected): Promise<boolean> {
    const { account } = expected;
    const known = await this.#book.get(account);
    if (!known) return false;
    const after = known.pinned.content.sequence;
    const page = await this.#page(account, after, known.token);
    if (page.sequence < after) await this.#tell(account, after, 'rollback');
    if (page.lists.length > 0) {
      const offered = await this.#book.offer(expected, after, page.lists);
      if (offered.kind === 'behind') return true;
      if (offered.kind === 'gap') await this.#tell(account, after, 'withheld');
      if (offered.kind !== 'accepted') return false;
    }
    const isFurther = ((await this.#book.get(account))?.pinned.content.sequence ?? 0) > after;
    if (page.more && isFurther) return true;
    await this.#confirm(account, page);
    return false;
  }

  #page(account: string, after: number, token: Uint8Array | null): Promise<Page> {
    return this.#server.request('account.lists', { account, after, ...(token && { token }) });
  }

  /** At the end of what the server hands out: is that all, and is it fresh? */
  async #confirm(account: string, { more, sequence, fresh }: Page): Promise<void> {
    const now = (await this.#book.get(account))?.pinned.content.sequence ?? 0;
    if (more || now < sequence) await this.#tell(account, now, 'withheld');
    else if (now === sequence && fresh) await this.#book.confirm(account, now, fresh);
  }

  /** What the server itself says is not what it hands out. */
  async #tell(account: string, sequence: number, code: 'withheld' | 'rollback'): Promise<void> {
    const held = (await this.#book.get(account))?.pinned.list;
    await this.#book.tell({ kind: 'refused', account, sequence, code, evidence: held ? [held] : [] });
  }
}
