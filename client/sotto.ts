import { safetyNumber } from '../shared/trust/safety-number.ts';
import type { Recovery } from './account.ts';
import { CallError } from './call/call-error.ts';
import type { Calls } from './call/calls.ts';
import { type CallOptions, openCalls } from './call/open-calls.ts';
import { RingSetting } from './call/ring-setting.ts';
import { conversationId } from './conversation/conversation-id.ts';
import { Conversations } from './conversation/conversations.ts';
import { DeviceCourier } from './conversation/device-courier.ts';
import { Device } from './device/device.ts';
import { readContactLink, writeContactLink } from './identity/contact-link.ts';
import { acknowledgeAccountKey, goOnAfterAttack, markVerified } from './identity/decisions.ts';
import type { KnownAccount } from './identity/known-account.ts';
import { dismissNotice, type Notice, readNotices } from './identity/notice.ts';
import { requireOwn } from './identity/own-account.ts';
import { recoverOnDevice } from './identity/recover-account.ts';
import { newRecoverySecret, readRecoveryPhrase, writeRecoveryPhrase } from './identity/recovery-phrase.ts';
import { type Block, standingOf } from './identity/standing.ts';
import type { Linking } from './linking/linking.ts';
import type { RecordStore } from './storage/record-store.ts';
import type { TransportState } from './transport/line.ts';
import type { Platform } from './transport/platform.ts';
import type { Timings } from './transport/timings.ts';

export interface SottoOptions {
  /** The deployment's address, to the letter as it is configured there: `wss://…`. */
  readonly endpoint: string;
  /** Holds an account: see createAccount and joinAccount. It stays open when the client is closed. */
  readonly store: RecordStore;
  readonly platform: Platform;
  readonly timings?: Timings;
  /** Absent: this device takes no part in calls, and does not ring. */
  readonly calls?: CallOptions;
  /** Something that is done in the background failed; it is done again. For a log: nothing needs to be done. */
  readonly onFailure?: (error: unknown) => void;
}

/** What is known of somebody, the own account included. */
export interface Contact {
  readonly account: string;
  /** Sixty digits for both people to compare. The same on both sides, or somebody stands between them. Undefined for the own account. */
  readonly safetyNumber: string | undefined;
  /** Whether a person has compared it, and it has not changed since. */
  readonly verified: boolean;
  /** Why nothing is sent to them; empty when all is well. */
  readonly blocks: readonly Block[];
  /** The account has not confirmed its devices for three weeks. */
  readonly warn: boolean;
  /** Ids of its devices. */
  readonly devices: readonly number[];
}

/** One device of one account: its connection, its conversations, and the people it knows. */
export class Sotto {
  /** The own account. */
  readonly account: string;
  /** The id of this device in it. */
  readonly device: number;
  readonly conversations: Conversations;
  readonly #device: Device;
  readonly #courier: DeviceCourier;
  readonly #options: SottoOptions;
  #calls: Calls | undefined;

  private constructor(options: SottoOptions, device: Device, courier: DeviceCourier, conversations: Conversations) {
    this.account = device.own.account;
    this.device = device.own.device;
    this.conversations = conversations;
    this.#device = device;
    this.#courier = courier;
    this.#options = options;
  }

  /** Opens the account that a store holds, and connects. What is past its deadline is erased first. @throws Error where the store holds none */
  static async open(options: SottoOptions): Promise<Sotto> {
    const { endpoint, store, platform, timings, onFailure = () => {} } = options;
    const { account, device: id } = await requireOwn(store);
    const courier = new DeviceCourier({ account, device: id, store, platform, onFailure });
    const conversations = await Conversations.open({ store, courier, platform, onFailure });
    const { handlers } = courier;
    const ring = await RingSetting.load(store);
    const device = await Device.open({ endpoint, store, platform, handlers, onFailure, ...(timings && { timings }) });
    device.transport.clock.onLearned = () => conversations.tick();
    courier.attach(device);
    const sotto = new Sotto(options, device, courier, conversations);
    const { calls } = options;
    if (calls) sotto.#calls = openCalls({ ...calls, endpoint, ring, platform, device, conversations, onFailure });
    return sotto;
  }

  /** @throws CallError `no-media`: the client was opened without {@link SottoOptions.calls} */
  get calls(): Calls {
    if (!this.#calls) throw new CallError('no-media', 'this client was opened without calls');
    return this.#calls;
  }

  /** Whether the device is connected, and why not. */
  get state(): TransportState {
    return this.#device.transport.state;
  }

  /** Each change of {@link state}. The function returned stops it; so for the other listeners. */
  onState(listener: (state: TransportState) => void): () => void {
    return this.#device.transport.onState(listener);
  }

  /** Connects at once instead of waiting, and again after a refusal. */
  reconnect(): void {
    this.#device.transport.reconnect();
  }

  /** What others need to write to this account. Give it to people, as a link or a QR code; it is not for the public. */
  get contactLink(): string {
    return writeContactLink(this.#device.own);
  }

  /**
   * Makes somebody known by their link, and opens a conversation with them.
   *
   * @returns the account @throws RangeError for a text that is no link, or the own one; IdentityError; ProtocolError `unknown-account`: the link
   * does not work any more
   */
  async addContact(link: string): Promise<string> {
    const contact = readContactLink(link);
    if (!contact || contact.account === this.account) throw new RangeError('not a link of somebody else');
    await this.#device.addContact(contact);
    await this.conversations.accept(contact.account);
    return contact.account;
  }

  /** Undefined for somebody who is not known. */
  async contact(account: string): Promise<Contact | undefined> {
    const [known, own] = await Promise.all([this.#known(account), this.#known(this.account)]);
    if (!known || !own) return undefined;
    const { accountKey, devices } = known.pinned.content;
    const { blocks, warn } = standingOf(known, this.#options.platform.now());
    const isOther = account !== this.account;
    return {
      account,
      safetyNumber: isOther ? safetyNumber(partyOf(own), { account, accountKey }) : undefined,
      verified: known.verifiedKey !== null && !blocks.includes('not-verified-again'),
      blocks,
      warn,
      devices: devices.map(({ id }) => id),
    };
  }

  /** A person has compared this safety number with the contact. False: it is another one by now. */
  async confirmSafetyNumber(account: string, compared: string): Promise<boolean> {
    const known = await this.#known(account);
    if (!known || (await this.contact(account))?.safetyNumber !== compared) return false;
    await markVerified(this.#device.accounts, account, known.pinned.content.accountKey);
    return true;
  }

  /** A person has been told that the contact's account key was replaced or attacked, and goes on all the same. */
  async goOn(account: string): Promise<void> {
    const known = await this.#known(account);
    if (!known) return;
    await acknowledgeAccountKey(this.#device.accounts, account, known.pinned.content.accountKey);
    await goOnAfterAttack(this.#device.accounts, account);
  }

  /** What a person must be told and has not dismissed: new devices, replaced keys, attacks. */
  notices(): Promise<Notice[]> {
    return readNotices(this.#options.store);
  }

  onNotice(listener: (notice: Notice) => void): () => void {
    return this.#device.accounts.onNotice(listener);
  }

  dismissNotice(notice: Notice): Promise<void> {
    return dismissNotice(this.#options.store, notice);
  }

  /** Meets the new device behind a code; ask the person, then confirm. Only on the device that made the account. @throws LinkError */
  linkDevice(code: string): Promise<Linking> {
    const { onFailure = () => {} } = this.#options;
    return this.#device.link(code, (id) => void this.conversations.introduce(id).catch(onFailure));
  }

  /** Takes devices out of the account. They are out at once. Only on the device that made the account. @throws IdentityError `not-key-holder` */
  async removeDevices(ids: readonly number[]): Promise<void> {
    await this.#device.keyHolder.remove(ids);
  }

  /**
   * Makes this device the one with the account key, with the account's recovery phrase: the one that had it is lost. Contacts have to acknowledge it
   * before they write.
   *
   * @returns false when the person gave up
   * @throws RangeError for a text that is no phrase; IdentityError `wrong-phrase`; ProtocolError; TransportError
   */
  async recover(phrase: string, { keep, writeDown }: Recovery): Promise<boolean> {
    const old = readRecoveryPhrase(phrase);
    if (!old) throw new RangeError('not a recovery phrase');
    const others = (await this.contact(this.account))?.devices.filter((id) => id !== this.device) ?? [];
    const staying = await keep(others);
    const secret = newRecoverySecret();
    if (!(await writeDown(writeRecoveryPhrase({ secret, account: this.account })))) return false;
    const { publisher } = this.#device;
    await recoverOnDevice(publisher, old, secret, [this.device, ...staying], this.#options.platform.now());
    return true;
  }

  /** Which devices take part in a conversation: nothing said in it reaches any other. */
  async selectedDevices(
    account: string,
  ): Promise<{ readonly own: readonly number[]; readonly theirs: readonly number[] }> {
    const conversation = conversationId(this.account, account);
    const [own, theirs] = await Promise.all([
      this.#device.selections.devices(conversation, this.account),
      this.#device.selections.devices(conversation, account),
    ]);
    return { own: own.map(({ id }) => id), theirs: theirs.map(({ id }) => id) };
  }

  /** Chooses which of the own devices take part in a conversation. */
  selectDevices(account: string, own: readonly number[]): Promise<void> {
    return this.#device.chooseDevices(conversationId(this.account, account), account, own);
  }

  /**
   * Ends the connection and all timers. What was not sent is kept in the store for the next time; close that afterwards. A call is hung up first, for which
   * the other side has to be told: that takes a second at most.
   */
  async close(): Promise<void> {
    const told = this.#calls?.close();
    if (told) await told;
    this.conversations.close();
    this.#courier.close();
    this.#device.close();
  }

  #known(account: string): Promise<KnownAccount | undefined> {
    return this.#device.accounts.get(account);
  }
}

function partyOf({ pinned }: KnownAccount) {
  const { account, accountKey } = pinned.content;
  return { account, accountKey };
}
