// A list of the own account is stored before it is published, and nothing else is signed until its fate is known: two lists for one place
// under one key are a fork, whatever the reason.

import type { DevicePreKeys } from '../../shared/protocol/account.ts';
import { constantTimeEqual } from '../../shared/protocol/bytes.ts';
import { ProtocolError } from '../../shared/protocol/errors.ts';
import { accept } from '../../shared/trust/acceptance.ts';
import type { PinnedAccount } from '../../shared/trust/pinned-account.ts';
import { deviceListHash, signDeviceList } from '../../shared/trust/signed-device-list.ts';
import { Exclusive } from '../signal-protocol/session/exclusive.ts';
import type { RecordStore } from '../storage/record-store.ts';
import type { AccountBook } from './account-book.ts';
import { acknowledgeAccountKey } from './decisions.ts';
import { IdentityError } from './identity-error.ts';
import { hashAt } from './known-account.ts';
import type { ListFetcher, Requests } from './list-fetcher.ts';
import type { Draft } from './next-list.ts';
import { changeOwn, type PendingList, requireOwn } from './own-account.ts';

export interface PublisherParts {
  readonly store: RecordStore;
  readonly book: AccountBook;
  readonly fetcher: ListFetcher;
  readonly server: Requests;
}

/** A list to be signed, with one entry of prekeys for each device that it adds. */
export interface Publication {
  readonly draft: Draft;
  readonly prekeys: readonly DevicePreKeys[];
}

export class ListPublisher {
  readonly #parts: PublisherParts;
  readonly #exclusive = new Exclusive();

  constructor(parts: PublisherParts) {
    this.#parts = parts;
  }

  /**
   * Publishes one list. One call at a time has the turn, from the reading of the current list to the server's answer.
   *
   * @param make drafts on top of the current list; may throw to give up
   * @throws IdentityError `unpublished`, `overtaken`, `invalid-draft`; ProtocolError and TransportError of the server
   */
  publish(make: (current: PinnedAccount) => Publication | Promise<Publication>): Promise<PinnedAccount> {
    return this.#exclusive.run('publish', async () => {
      const current = await this.#settle();
      const { draft, prekeys } = await make(current);
      const { account, sequence } = draft.content;
      const list = sign(draft);
      if (list === undefined || accept({ account }, current, [list]).kind !== 'accepted') {
        throw new IdentityError('invalid-draft');
      }
      const pending: PendingList = { list, sequence, prekeys: [...prekeys], accountSecret: draft.secrets[0] };
      await changeOwn(this.#parts.store, (own) => ({ ...own, pending }));
      return this.#settle();
    });
  }

  /** Publishes what was left pending, and gives the current list. @throws as {@link publish} */
  settle(): Promise<PinnedAccount> {
    return this.#exclusive.run('publish', () => this.#settle());
  }

  async #settle(): Promise<PinnedAccount> {
    const { store, book, fetcher } = this.#parts;
    const { pending, account, commitment } = await requireOwn(store);
    if (pending) await this.#offer(account, pending);
    const known = await fetcher.refresh({ account, commitment });
    if (!known) throw new IdentityError('unavailable-chain');
    if (!pending) return known.pinned;
    const { sequence, list, accountSecret } = pending;
    // A server that says "stale" and shows nothing in its place must not get a second signature for the place.
    if (known.pinned.content.sequence < sequence) throw new IdentityError('unpublished');
    const standing = hashAt(known, sequence);
    const isOurs = standing !== undefined && constantTimeEqual(standing, deviceListHash(list));
    await changeOwn(store, (own) => ({ ...own, pending: null, ...(isOurs ? { accountSecret } : {}) }));
    if (!isOurs) throw new IdentityError('overtaken');
    // Who makes a change of the own account key has seen it.
    await acknowledgeAccountKey(book, account, known.pinned.content.accountKey);
    return known.pinned;
  }

  async #offer(account: string, { list, sequence, prekeys }: PendingList): Promise<void> {
    try {
      await this.#parts.server.request('account.publish', { list, prekeys });
      await this.#parts.book.offer({ account }, sequence - 1, [list]);
    } catch (error) {
      if (!(error instanceof ProtocolError && error.code === 'stale-list')) throw error;
    }
  }
}

/** Undefined when the content does not fit the schema of a list. */
function sign({ content, secrets }: Draft) {
  try {
    return signDeviceList(content, secrets);
  } catch {
    return undefined;
  }
}
