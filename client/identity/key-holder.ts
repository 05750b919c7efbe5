// What only the device with the account key can do.

import { signFreshness } from '../../shared/trust/freshness.ts';
import type { PinnedAccount } from '../../shared/trust/pinned-account.ts';
import { IdentityError } from './identity-error.ts';
import type { ListPublisher, Publication, PublisherParts } from './list-publisher.ts';
import { type Draft, rotated, withNewConversations, withoutDevices } from './next-list.ts';
import { changeOwn, isKeyHolder, requireOwn } from './own-account.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
const KEY_BYTES = 32;

export interface KeyHolderParts extends PublisherParts {
  readonly publisher: ListPublisher;
  /** Milliseconds since 1970, by this device's own clock. */
  readonly now: () => number;
}

/** Every method that publishes @throws IdentityError `not-key-holder`, and as {@link ListPublisher.publish} */
export class KeyHolder {
  readonly #parts: KeyHolderParts;

  constructor(parts: KeyHolderParts) {
    this.#parts = parts;
  }

  /** Whether this device signs the next list, as far as it knows. */
  async holds(): Promise<boolean> {
    const own = await requireOwn(this.#parts.store);
    const known = await this.#parts.book.get(own.account);
    return known !== undefined && isKeyHolder(own, known.pinned);
  }

  /** Publishes any list that is signed with the account key. */
  publish(
    make: (current: PinnedAccount, secret: Uint8Array, now: number) => Publication | Promise<Publication>,
  ): Promise<PinnedAccount> {
    const { publisher, store, now } = this.#parts;
    return publisher.publish(async (current) => {
      const own = await requireOwn(store);
      if (!own.accountSecret || !isKeyHolder(own, current)) throw new IdentityError('not-key-holder');
      return make(current, own.accountSecret, now());
    });
  }

  /** Takes devices out of the list. Their mail, keys and connections are gone at an honest server when it resolves. */
  remove(ids: readonly number[]): Promise<PinnedAccount> {
    return this.#change((current, secret, now) => withoutDevices(current, ids, secret, now));
  }

  /** Replaces the account key. Every contact has to acknowledge it. */
  rotate(): Promise<PinnedAccount> {
    const fresh = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
    return this.#change((current, secret, now) => rotated(current, fresh, secret, now));
  }

  /** Whether a device takes part in conversations for which nothing else was said. */
  setNewConversations(id: number, takesPart: boolean): Promise<PinnedAccount> {
    return this.#change((current, secret, now) => withNewConversations(current, id, takesPart, secret, now));
  }

  /** To be called when connected: finishes what was interrupted, and confirms the current list when that was not done for a day. */
  async onConnected(): Promise<void> {
    const { publisher, store, book, server, now } = this.#parts;
    const current = await publisher.settle();
    const own = await requireOwn(store);
    if (!own.accountSecret || !isKeyHolder(own, current)) return;
    const at = now();
    const isDue = own.confirmedAt === null || own.confirmedAt > at || at - own.confirmedAt >= DAY_MS;
    if (!isDue) return;
    const { content, hash } = current;
    const fresh = signFreshness({ ...content, hash }, at, own.accountSecret);
    await server.request('account.fresh', { fresh });
    await book.confirm(own.account, content.sequence, fresh);
    await changeOwn(store, (latest) => ({ ...latest, confirmedAt: at }));
  }

  #change(make: (current: PinnedAccount, secret: Uint8Array, now: number) => Draft): Promise<PinnedAccount> {
    return this.publish((current, secret, now) => ({ draft: make(current, secret, now), prekeys: [] }));
  }
}
