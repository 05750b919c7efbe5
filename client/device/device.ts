// One device of one account, connected: it sends bytes to the devices of an account that take part in a conversation, and receives. The
// conversation layer is built on it; what a message means is not its business.

import type { Device as ListedDevice } from '../../shared/trust/device-list.ts';
import { AccountBook } from '../identity/account-book.ts';
import type { Contact } from '../identity/contact-link.ts';
import { announceToken } from '../identity/contact-token.ts';
import { IdentityError } from '../identity/identity-error.ts';
import { KeyHolder } from '../identity/key-holder.ts';
import type { KnownAccount } from '../identity/known-account.ts';
import { ListFetcher, type Requests } from '../identity/list-fetcher.ts';
import { ListPublisher } from '../identity/list-publisher.ts';
import { type OwnAccount, requireOwn } from '../identity/own-account.ts';
import { SelectionBook } from '../identity/selection-book.ts';
import { Linking } from '../linking/linking.ts';
import { SignalProtocol } from '../signal-protocol/index.ts';
import type { RecordStore } from '../storage/record-store.ts';
import type { ServerEvent } from '../transport/connection.ts';
import type { Platform } from '../transport/platform.ts';
import type { Timings } from '../transport/timings.ts';
import { Transport } from '../transport/transport.ts';
import { Inbox, type InboxHandlers } from './inbox.ts';
import type { DeviceParts } from './parts.ts';
import { keepUpPreKeys } from './prekey-upkeep.ts';
import type { Answer } from './receiving.ts';
import { type Outgoing, type Sent, send } from './sending.ts';
import { SessionStore } from './session-store.ts';

/** Seconds. What devices say about lists and selections is of use for as long as anything they say. */
const CONTROL_TTL = 14 * 24 * 60 * 60;

export interface DeviceOptions {
  readonly endpoint: string;
  /** Holds an account that was created, joined or recovered. */
  readonly store: RecordStore;
  readonly platform: Platform;
  readonly timings?: Timings;
  readonly handlers: Pick<InboxHandlers, 'onMessage' | 'onDiscarded'>;
  /** Something that is done unasked did not succeed, and is done again at the next chance. */
  readonly onFailure?: (error: unknown) => void;
}

export class Device {
  readonly own: Pick<OwnAccount, 'account' | 'device' | 'commitment' | 'token'>;
  readonly transport: Transport;
  readonly accounts: AccountBook;
  readonly selections: SelectionBook;
  /** For the device with the account key; on any other one its methods throw. */
  readonly keyHolder: KeyHolder;
  readonly publisher: ListPublisher;
  readonly #platform: Platform;
  readonly #parts: DeviceParts;
  readonly #inbox: Inbox;
  readonly #onFailure: (error: unknown) => void;
  readonly #answered = new Set<string>();
  #upkeep: Promise<void> = Promise.resolve();

  private constructor(own: OwnAccount, { endpoint, store, platform, timings, handlers, onFailure }: DeviceOptions) {
    this.own = own;
    this.#platform = platform;
    this.#onFailure = onFailure ?? (() => {});
    this.transport = new Transport({ endpoint, device: own, store, platform, ...(timings && { timings }) });
    const server: Requests = this.transport;
    const now = () => platform.now();
    const provider = platform.crypto;
    this.accounts = new AccountBook(store);
    this.selections = new SelectionBook(store);
    const fetcher = new ListFetcher(server, this.accounts);
    const engine = new SignalProtocol({
      store: new SessionStore(store, now),
      localAddress: { serviceId: own.account, deviceId: own.device },
      now,
      ...(provider && { provider }),
    });
    const serverNow = () => this.transport.clock.now();
    const common = { store, server, book: this.accounts, fetcher };
    this.#parts = { ...common, selections: this.selections, engine, provider, now, serverNow };
    this.publisher = new ListPublisher(common);
    this.keyHolder = new KeyHolder({ ...common, publisher: this.publisher, now });
    this.#inbox = new Inbox(this.#parts, { ...handlers, onAnswer: (to, answer) => this.#answer(to.sender, answer) });
    this.transport.onPullDue((cause) => {
      this.#unasked(this.#inbox.pull());
      if (cause === 'connected') this.#unasked(this.#connected());
    });
    this.transport.onEvent((event) => this.#unasked(this.#handle(event)));
  }

  /** Opens the device that a store holds, and connects it. @throws Error where the store holds no account */
  static async open(options: DeviceOptions): Promise<Device> {
    return new Device(await requireOwn(options.store), options);
  }

  /**
   * Makes somebody known by a link.
   *
   * @throws IdentityError `unavailable-chain` when what the server hands out is not the account of the link; the evidence is told
   * @throws ProtocolError `unknown-account` when the link does not work any more
   */
  async addContact({ account, commitment, token }: Contact): Promise<KnownAccount> {
    const known = await this.#parts.fetcher.refresh({ account, commitment }, { token });
    if (!known) throw new IdentityError('unavailable-chain');
    return known;
  }

  /** Asks for newer lists of a known account, the own one included. @throws IdentityError `unknown-contact` */
  async refresh(account: string): Promise<KnownAccount> {
    if (!(await this.accounts.get(account)) && account !== this.own.account) throw new IdentityError('unknown-contact');
    const isOwn = account === this.own.account;
    const known = await this.#parts.fetcher.refresh(isOwn ? this.own : { account });
    if (!known) throw new IdentityError('unavailable-chain');
    return known;
  }

  /** @throws SendError, ProtocolError, TransportError, see {@link send} */
  send(outgoing: Outgoing): Promise<Sent> {
    return send(outgoing, this.#parts);
  }

  /** Reads the mailbox now. */
  pull(): Promise<void> {
    return this.#inbox.pull();
  }

  /** Chooses which of the own devices take part in a conversation, and tells both sides, and those that are out now. */
  async chooseDevices(conversation: string, contact: string, ids: readonly number[]): Promise<void> {
    const before = await this.selections.devices(conversation, this.own.account);
    await this.selections.choose(conversation, this.own.account, ids);
    await this.#tellSelection(conversation, this.own.account, before);
    await this.#tellSelection(conversation, contact);
  }

  /** Meets the new device behind a code. @throws LinkError; that this is not the key holder, its confirm says */
  link(code: string, onLinked: (device: number) => void = () => {}): Promise<Linking> {
    const { keyHolder, publisher, transport, own } = this;
    return Linking.start({ server: transport, platform: this.#platform, own, keyHolder, publisher, code, onLinked });
  }

  /** Ends the connection. The store stays open. */
  close(): void {
    this.transport.close();
  }

  async #connected(): Promise<void> {
    await this.transport.request('hello', {});
    await this.keyHolder.onConnected();
    await announceToken(this.#parts.store, this.transport);
    await this.#keepUpPreKeys();
  }

  /** One after the other: two that saw the same stock would upload two pages with one number. */
  #keepUpPreKeys(): Promise<void> {
    const before = this.#upkeep.catch(() => {});
    this.#upkeep = before.then(() => keepUpPreKeys(this.#parts));
    return this.#upkeep;
  }

  async #handle(event: ServerEvent): Promise<void> {
    if (event.event === 'message') await this.#inbox.push(event);
    if (event.event === 'account.changed') await this.refresh(this.own.account);
    if (event.event === 'prekeys.low') await this.#keepUpPreKeys();
  }

  #answer(sender: string, { alarm, selection }: Answer): void {
    if (alarm) this.#unasked(this.#control({ to: this.own.account, alarm }));
    if (selection !== undefined) this.#unasked(this.#answerSelection(selection, sender));
  }

  /** Once for each state of both sides: two devices that cannot agree must not talk about it for ever. */
  async #answerSelection(conversation: string, contact: string): Promise<void> {
    const hashes = [this.own.account, contact].map((account) => this.selections.view(conversation, account));
    const state = JSON.stringify([
      conversation,
      contact,
      ...(await Promise.all(hashes)).map((view) => view?.hash.join()),
    ]);
    if (this.#answered.has(state)) return;
    this.#answered.add(state);
    await this.#tellSelection(conversation, contact);
  }

  async #tellSelection(conversation: string, to: string, former: readonly ListedDevice[] = []): Promise<void> {
    const taking = await this.selections.devices(conversation, to);
    const devices = [...taking, ...former].map(({ id }) => id);
    if (to !== this.own.account || devices.some((id) => id !== this.own.device)) {
      await this.#control({ to, conversation, devices, offerSelection: true });
    }
  }

  async #control(outgoing: Omit<Outgoing, 'content' | 'ttl'>): Promise<void> {
    await this.send({ ...outgoing, content: new Uint8Array(), ttl: CONTROL_TTL });
  }

  #unasked(work: Promise<unknown>): void {
    work.catch(this.#onFailure);
  }
}
