// Asks the server for lists and offers them to the book. The server's word decides only what is asked, never what is believed.

import type { Expected } from '../../shared/trust/acceptance.ts';
import { Exclusive } from '../signal-protocol/session/exclusive.ts';
import type { Transport } from '../transport/transport.ts';
import type { AccountBook } from './account-book.ts';
import type { KnownAccount } from './known-account.ts';
import type { Notice } from './notice.ts';

/** One account's whole life is at most 99,999,999 lists; a page holds more than ten. Whoever needs more in one go is being kept busy. */
const MOST_PAGES = 1_000;

export type Requests = Pick<Transport, 'request'>;

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
   * @param contact for the first time: commitment and contact token of a link
   * @returns what is known then; undefined when nothing ever was accepted
   * @throws ProtocolError `unknown-account`, and what a transport throws
   */
  refresh(
    expected: Expected,
    contact: { readonly token: Uint8Array | null } | null = null,
  ): Promise<KnownAccount | undefined> {
    return this.#exclusive.run(expected.account, async () => {
      for (let page = 0; page < MOST_PAGES; page++) if (!(await this.#nextPage(expected, contact))) break;
      return this.#book.get(expected.account);
    });
  }

  /** Whether there is more to ask for. */
  async #nextPage(expected: Expected, contact: { readonly token: Uint8Array | null } | null): Promise<boolean> {
    const { account } = expected;
    const known = await this.#book.get(account);
    const after = known?.pinned.content.sequence ?? 0;
    const token = known ? known.token : (contact?.token ?? null);
    const reply = await this.#server.request('account.lists', { account, after, ...(token && { token }) });
    const refusal = (code: string): Notice => {
      const evidence = known ? [known.pinned.list] : [];
      return { kind: 'refused', account, sequence: Math.max(1, after), code, evidence };
    };
    if (reply.sequence < after) await this.#book.tell(refusal('rollback'));
    if (reply.lists.length > 0 || after === 0) {
      const offered = await this.#book.offer(expected, after, reply.lists, token);
      if (offered.kind === 'behind') return true;
      if (offered.kind === 'gap') await this.#book.tell(refusal('withheld'));
      if (offered.kind !== 'accepted') return false;
    }
    const now = (await this.#book.get(account))?.pinned.content.sequence ?? 0;
    if (reply.more) return now > after || this.#tellNoProgress(refusal('withheld'));
    if (now < reply.sequence) await this.#book.tell(refusal('withheld'));
    if (now === reply.sequence && reply.fresh) await this.#book.confirm(account, now, reply.fresh);
    return false;
  }

  async #tellNoProgress(notice: Notice): Promise<false> {
    await this.#book.tell(notice);
    return false;
  }
}
