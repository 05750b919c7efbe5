import { sha256 } from '@noble/hashes/sha2.js';
import type { SignedDeviceList } from '../../shared/protocol/account.ts';
import { acceptNewAccount } from '../../shared/trust/acceptance.ts';
import { accountCommitment, accountIdOf } from '../../shared/trust/account-id.ts';
import type { DeviceList } from '../../shared/trust/device-list.ts';
import { ed25519PublicKey } from '../../shared/trust/ed25519.ts';
import { signDeviceList } from '../../shared/trust/signed-device-list.ts';
import type { CryptoProvider } from '../signal-protocol/index.ts';
import type { RecordStore } from '../storage/record-store.ts';
import type { Connection } from '../transport/connection.ts';
import { AccountBook } from './account-book.ts';
import { type DeviceKeys, deviceEntry, newDeviceKeys, preKeysOf } from './device-keys.ts';
import { newOwnAccount, type OwnAccount, putOwn } from './own-account.ts';
import { putKyberPreKey, putSignedPreKey } from './prekey-records.ts';
import { newRecoverySecret, recoveryKeyOf, writeRecoveryPhrase } from './recovery-phrase.ts';

const KEY_BYTES = 32;
const TOKEN_BYTES = 16;

/**
 * A new account with this device as its only one and its key holder. Until {@link submit} it is in memory only: who gives up leaves nothing
 * behind.
 */
export class AccountDraft {
  /** Two lines for paper. It is stored nowhere: who loses it and the key holder loses the account. */
  readonly phrase: string;
  readonly #keys: DeviceKeys;
  readonly #first: FirstList;

  private constructor(keys: DeviceKeys, first: FirstList, phrase: string) {
    this.#keys = keys;
    this.#first = first;
    this.phrase = phrase;
  }

  /** @param now milliseconds since 1970 @param own the machine's own cryptography, see Platform */
  static async make(now: number, own?: CryptoProvider): Promise<AccountDraft> {
    const keys = await newDeviceKeys(now, own);
    const secret = newRecoverySecret();
    const first = firstList(keys, recoveryKeyOf(secret).hash, now);
    return new AccountDraft(keys, first, writeRecoveryPhrase({ secret, account: first.own.account }));
  }

  /**
   * Creates the account at the server and makes it this store's. When the answer is lost, submit the same draft again.
   *
   * @param guest see openGuest
   * @param admission the invite code or JWT, where the deployment asks for one
   * @throws ProtocolError `admission-refused`, `rate-limited`; TransportError; nothing is stored then
   */
  async submit(store: RecordStore, guest: Pick<Connection, 'request'>, admission?: string): Promise<void> {
    const { own, list } = this.#first;
    await guest.request('account.create', {
      list,
      prekeys: preKeysOf(this.#keys, own.device),
      tokens: [sha256(own.token)],
      ...(admission === undefined ? {} : { admission }),
    });
    await new AccountBook(store).offer(own, 0, [list]);
    await store.batch([putOwn(own), putSignedPreKey(this.#keys.signed), putKyberPreKey(this.#keys.lastResort)]);
  }
}

interface FirstList {
  readonly own: OwnAccount;
  readonly list: SignedDeviceList;
}

function firstList(keys: DeviceKeys, recoveryHash: Uint8Array, now: number): FirstList {
  const accountSecret = random(KEY_BYTES);
  const accountKey = ed25519PublicKey(accountSecret);
  const salt = random(KEY_BYTES);
  const commitment = accountCommitment({ accountKey, recoveryHash, salt });
  const account = accountIdOf(commitment);
  const content: DeviceList = {
    version: 1,
    account,
    generation: 1,
    sequence: 1,
    previous: null,
    accountKey,
    recoveryHash,
    salt,
    time: now,
    devices: [deviceEntry(account, keys, 1, 1)],
  };
  const list = signDeviceList(content, [accountSecret]);
  if (acceptNewAccount(list).kind !== 'accepted') throw new Error('made an account that nobody would accept');
  const own = newOwnAccount({ account, commitment, id: 1, added: 1, keys, accountSecret, token: random(TOKEN_BYTES) });
  return { own, list };
}

function random(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length));
}
