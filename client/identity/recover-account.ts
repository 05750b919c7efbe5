// Back in with the phrase. With nothing else, as a guest: showing the public recovery key it reads the chain, and publishes a list that makes
// this device the key holder. On a device of the account, as that device. Every contact has to acknowledge it either way.

import type { ActionName, ReplyOf } from '../../shared/protocol/actions.ts';
import { constantTimeEqual } from '../../shared/protocol/bytes.ts';
import { accept } from '../../shared/trust/acceptance.ts';
import type { PinnedAccount } from '../../shared/trust/pinned-account.ts';
import { signDeviceList } from '../../shared/trust/signed-device-list.ts';
import type { CryptoProvider } from '../signal-protocol/index.ts';
import { openMemoryStore } from '../storage/memory-store.ts';
import type { RecordStore } from '../storage/record-store.ts';
import type { Connection, FieldsOf } from '../transport/connection.ts';
import { AccountBook } from './account-book.ts';
import { type DeviceKeys, deviceEntry, newDeviceKeys, preKeysOf } from './device-keys.ts';
import { IdentityError } from './identity-error.ts';
import { ListFetcher } from './list-fetcher.ts';
import type { ListPublisher } from './list-publisher.ts';
import { type Draft, nextPlace, recovered } from './next-list.ts';
import { newOwnAccount, type OwnAccount, putOwn } from './own-account.ts';
import { putKyberPreKey, putSignedPreKey } from './prekey-records.ts';
import { newRecoverySecret, type RecoveryPhrase, recoveryKeyOf, writeRecoveryPhrase } from './recovery-phrase.ts';

type Guest = Pick<Connection, 'request'>;

const KEY_BYTES = 32;

/**
 * An account about to be taken over. Until {@link submit} it is in memory only.
 *
 * The server could show an old chain: the new list would then be a fork of a later one, which contacts who know that one see, and block on.
 */
export class RecoveryDraft {
  /** The account as the server shows it: the person chooses which of its devices stay. */
  readonly current: PinnedAccount;
  /** The new phrase, two lines: the old one works once. */
  readonly phrase: string;
  readonly #old: RecoveryPhrase;
  readonly #newSecret = newRecoverySecret();
  readonly #accountSecret = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  readonly #keys: DeviceKeys;
  /** Signed once: a second list for the same place would be a fork. */
  #signed: { readonly draft: Draft; readonly own: OwnAccount } | undefined;

  private constructor(current: PinnedAccount, old: RecoveryPhrase, keys: DeviceKeys) {
    this.current = current;
    this.#old = old;
    this.#keys = keys;
    this.phrase = writeRecoveryPhrase({ secret: this.#newSecret, account: old.account });
  }

  /**
   * @param guest see openGuest
   * @param now milliseconds since 1970
   * @param own the machine's own cryptography, see Platform
   * @throws ProtocolError `unknown-account`: the phrase is not the account's, or not any more. IdentityError `unavailable-chain`, `wrong-phrase`
   */
  static async make(phrase: RecoveryPhrase, guest: Guest, now: number, own?: CryptoProvider): Promise<RecoveryDraft> {
    const { account, secret } = phrase;
    const { publicKey } = recoveryKeyOf(secret);
    const scratch = new AccountBook(await openMemoryStore());
    const known = await new ListFetcher(showing(guest, publicKey), scratch).refresh({ account });
    if (!known) throw new IdentityError('unavailable-chain');
    requirePhrase(known.pinned, phrase);
    return new RecoveryDraft(known.pinned, phrase, await newDeviceKeys(now, own));
  }

  /**
   * Publishes the list, and makes the account this store's. When the answer is lost, submit the same draft again.
   *
   * @param keep ids of the devices that stay; the others are out at once. Counts the first time
   * @throws ProtocolError `unknown-account` when another list came first; TransportError; nothing is stored then
   */
  async submit(store: RecordStore, guest: Guest, keep: readonly number[], now: number): Promise<void> {
    this.#signed ??= this.#draft(keep, now);
    const { draft, own } = this.#signed;
    const list = signDeviceList(draft.content, draft.secrets);
    if (accept({ account: own.account }, this.current, [list]).kind !== 'accepted')
      throw new IdentityError('invalid-draft');
    await guest.request('account.publish', { list, prekeys: [preKeysOf(this.#keys, own.device)] });
    await store.batch([putOwn(own), putSignedPreKey(this.#keys.signed), putKyberPreKey(this.#keys.lastResort)]);
  }

  #draft(keep: readonly number[], now: number) {
    const { account } = this.#old;
    const place = nextPlace(this.current);
    const device = deviceEntry(account, this.#keys, place.id, place.added);
    const draft = recovered(this.current, { ...this.#authority(), keep, device }, now);
    const { commitment } = this.current.history;
    const accountSecret = this.#accountSecret;
    return { draft, own: newOwnAccount({ account, commitment, keys: this.#keys, ...place, accountSecret }) };
  }

  #authority() {
    const [oldRecovery, newRecovery] = [recoveryKeyOf(this.#old.secret), recoveryKeyOf(this.#newSecret)];
    return { newSecret: this.#accountSecret, oldRecovery, newRecovery };
  }
}

/**
 * Makes a device of the account its key holder: the one before is lost, or gone.
 *
 * @param newSecret of the new phrase, which the person has written down
 * @param keep ids of the devices that stay, this one among them
 * @throws IdentityError `wrong-phrase`, and as {@link ListPublisher.publish}
 */
export function recoverOnDevice(
  publisher: ListPublisher,
  phrase: RecoveryPhrase,
  newSecret: Uint8Array,
  keep: readonly number[],
  now: number,
): Promise<PinnedAccount> {
  return publisher.publish((current) => {
    requirePhrase(current, phrase);
    const [oldRecovery, newRecovery] = [recoveryKeyOf(phrase.secret), recoveryKeyOf(newSecret)];
    const accountSecret = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
    const recovery = { newSecret: accountSecret, oldRecovery, newRecovery, keep };
    return { draft: recovered(current, recovery, now), prekeys: [] };
  });
}

function requirePhrase({ content }: PinnedAccount, { account, secret }: RecoveryPhrase): void {
  const isCurrent = account === content.account && constantTimeEqual(recoveryKeyOf(secret).hash, content.recoveryHash);
  if (!isCurrent) throw new IdentityError('wrong-phrase');
}

/** A guest's requests for lists, with the key that gives it the right to them. */
function showing(guest: Guest, recovery: Uint8Array): Guest {
  return {
    request: <Name extends ActionName>(name: Name, fields: FieldsOf<Name>): Promise<ReplyOf<Name>> =>
      guest.request(name, name === 'account.lists' ? { ...fields, recovery } : fields),
  };
}
