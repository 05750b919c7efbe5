import { sha256 } from '@noble/hashes/sha2.js';
import {
  BRIEF_MS,
  type Courier,
  type Delivered,
  type Letter,
  type Recipient,
  type Refusal,
  type Signal,
  type SignalOutcome,
} from '../../client/conversation/courier.ts';
import type { RecordReader, RecordStore, RecordWrite } from '../../client/storage/record-store.ts';
import { base64UrlDecode, base64UrlEncode } from '../../shared/protocol/base64url.ts';
import { utf8 } from '../../shared/protocol/bytes.ts';

/** A letter for one device. `serial` stands for the ciphertext: a letter that is encrypted again has another one. */
export interface Copy {
  readonly serial: number;
  readonly to: string;
  readonly device: number;
  readonly sender: string;
  readonly senderDevice: number;
  readonly id: string;
  readonly conversation: string | undefined;
  readonly payload: Uint8Array;
  readonly expires: number;
  readonly time: number;
}

/** What happens between two devices: mailboxes that keep what is not acknowledged, as the server's do. */
export class MemoryPost {
  couriers: MemoryCourier[] = [];
  readonly mail = new Map<string, Copy>();
  /** Every copy that was ever handed over, acknowledged or not. */
  readonly sent: Copy[] = [];
  /** Copies that arrive as what nobody can decrypt. */
  spoils: (copy: Copy) => boolean = () => false;
  /** Devices that take part in no conversation. */
  readonly unselected = new Set<string>();
  /** Accounts nothing can be sent to, and why. */
  readonly refusals = new Map<string, Refusal>();
  readonly now: () => number;

  constructor(now: () => number) {
    this.now = now;
  }

  /** A device connects; an earlier run of it is forgotten. */
  join(courier: MemoryCourier): void {
    const isOther = ({ account, device }: MemoryCourier) => account !== courier.account || device !== courier.device;
    this.couriers = [...this.couriers.filter(isOther), courier];
  }

  devicesOf(account: string): number[] {
    return this.couriers.filter((courier) => courier.account === account).map(({ device }) => device);
  }

  /** Puts a copy into a mailbox, if it is not there yet. */
  deposit(copy: Omit<Copy, 'serial' | 'time'>): void {
    const stamped = { ...copy, serial: this.sent.length, time: this.now() };
    this.sent.push(stamped);
    const name = nameOf(copy);
    if (!this.mail.has(name)) this.mail.set(name, stamped);
  }

  mailOf(account: string, device: number): Copy[] {
    const own = [...this.mail.values()].filter((copy) => copy.to === account && copy.device === device);
    return own.filter(({ expires }) => expires > this.now());
  }

  ack(copy: Copy): void {
    this.mail.delete(nameOf(copy));
  }

  /** Lets everybody send and fetch until nothing moves any more. */
  async settle(): Promise<void> {
    for (;;) {
      let moved = false;
      for (const courier of this.couriers) moved = (await courier.work()) || moved;
      if (!moved) return;
    }
  }
}

export interface Weather {
  /** Order in which waiting mail is handed over. */
  arrange?: (mail: Copy[]) => Copy[];
  /** Mail that is not handed over this time. */
  delays?: (copy: Copy) => boolean;
  /** Mail whose acknowledgement gets lost. */
  losesAck?: (copy: Copy) => boolean;
}

const OUTBOX = 'memory-outbox';
const READ = 'memory-read';

/** Keeps the obligations of a courier without any cryptography. */
export class MemoryCourier implements Courier {
  readonly account: string;
  readonly device: number;
  readonly #post: MemoryPost;
  readonly #store: RecordStore;
  /** Undefined: the server has not said a time. */
  server: (() => number) | undefined;
  weather: Weather = {};
  online = true;
  readonly whispers: Letter[] = [];
  /** Signals that wait for a connection, in their order. */
  #signals: { readonly signal: Signal; readonly resolve: (outcome: SignalOutcome) => void }[] = [];
  #recipient: Recipient | undefined;

  constructor(post: MemoryPost, account: string, device: number, store: RecordStore) {
    this.account = account;
    this.device = device;
    this.#post = post;
    this.#store = store;
  }

  start(recipient: Recipient): void {
    this.#recipient = recipient;
  }

  post({ payload, ...letter }: Letter): RecordWrite[] {
    const value = utf8(JSON.stringify({ ...letter, payload: base64UrlEncode(payload) }));
    return [{ put: OUTBOX, key: keyOf(letter), value }];
  }

  withdraw(letter: Pick<Letter, 'id' | 'to'>): RecordWrite[] {
    return [{ delete: OUTBOX, key: keyOf(letter) }];
  }

  wake(): void {}

  whisper(letter: Letter): void {
    this.whispers.push(letter);
  }

  signal(signal: Signal): Promise<SignalOutcome> {
    const { promise, resolve } = Promise.withResolvers<SignalOutcome>();
    this.#signals.push({ signal, resolve });
    if (this.online) this.#sendSignals();
    return promise;
  }

  serverTime(): number | undefined {
    return this.server?.();
  }

  /** Sends and fetches once. False: there was nothing to do. */
  async work(): Promise<boolean> {
    if (!this.online) return false;
    this.#sendSignals();
    const sent = await this.#send();
    const fetched = await this.#fetch();
    return sent || fetched;
  }

  #sendSignals(): void {
    for (const { signal, resolve } of this.#signals.splice(0)) {
      const isOver = signal.expires <= this.#post.now() || this.#post.refusals.has(signal.to);
      const [device] = isOver ? [] : this.#recipientsOf({ ...signal, devices: [signal.device] });
      if (device !== undefined) this.#deposit(signal, device);
      resolve(device === undefined ? 'undeliverable' : 'stored');
    }
  }

  async #send(): Promise<boolean> {
    const waiting = await this.#store.range(OUTBOX, { group: 'letters', limit: 1_000 });
    for (const { key, value } of waiting) {
      const stored = JSON.parse(new TextDecoder().decode(value));
      const letter: Letter = { ...stored, payload: base64UrlDecode(stored.payload) };
      const { id, to } = letter;
      const expired = letter.expires <= this.#post.now() ? 'expired' : undefined;
      const reason = expired ?? this.#post.refusals.get(to);
      const devices = this.#recipientsOf(letter);
      if (!reason) for (const device of devices) this.#deposit(letter, device);
      const time = this.#post.now();
      await this.#commit({ delete: OUTBOX, key }, (recipient, read) =>
        reason ? recipient.refused({ id, to, reason }, read) : recipient.accepted({ id, to, time, devices }, read),
      );
    }
    return waiting.length > 0;
  }

  async #fetch(): Promise<boolean> {
    const mail = this.#post.mailOf(this.account, this.device);
    const { arrange = (all) => all, delays = () => false, losesAck = () => false } = this.weather;
    const due = arrange(mail).filter((copy) => !delays(copy));
    for (const copy of due) {
      await this.#receive(copy);
      if (!losesAck(copy)) this.#post.ack(copy);
    }
    return due.length > 0;
  }

  async #receive(copy: Copy): Promise<void> {
    const key = { group: 'copies', name: String(copy.serial) };
    if (await this.#store.get(READ, key)) return;
    const { payload, frankingKey, conversation, ...lost } = deliveryOf(copy);
    await this.#commit({ put: READ, key, value: new Uint8Array(1) }, (recipient, read) =>
      this.#post.spoils(copy)
        ? recipient.undecryptable({ ...lost, isBrief: copy.expires - copy.time <= BRIEF_MS }, read)
        : recipient.received({ ...lost, payload, frankingKey, conversation }, read),
    );
  }

  async #commit(
    own: RecordWrite,
    tell: (recipient: Recipient, read: RecordReader) => ReturnType<Recipient['received']>,
  ): Promise<void> {
    let done = () => {};
    await this.#store.update(async (read) => {
      if (!this.#recipient) throw new Error('not started');
      const decision = await tell(this.#recipient, read);
      done = decision.done ?? done;
      return [own, ...decision.writes];
    });
    done();
  }

  #recipientsOf({ to, conversation, devices }: Letter): number[] {
    const isSelected = (device: number) => !conversation || !this.#post.unselected.has(`${to}/${device}`);
    const others = this.#post.devicesOf(to).filter((device) => to !== this.account || device !== this.device);
    const all = others.filter(isSelected);
    return devices ? all.filter((device) => devices.includes(device)) : all;
  }

  #deposit({ id, to, conversation, payload, expires }: Letter, device: number): void {
    const { account: sender, device: senderDevice } = this;
    this.#post.deposit({ id, to, device, sender, senderDevice, conversation, payload, expires });
  }
}

function deliveryOf({ id, sender, senderDevice, conversation, payload, time }: Copy): Delivered {
  const stamp = { week: Math.floor(time / 604_800_000), time, tag: sha256(utf8(`${id}/tag`)) };
  const commitment = sha256(payload);
  return { id, sender, senderDevice, conversation, payload, stamp, commitment, frankingKey: sha256(utf8(id)) };
}

const keyOf = ({ id, to }: Pick<Letter, 'id' | 'to'>) => ({ group: 'letters', name: `${id}/${to}` });
const nameOf = ({ to, device, id, sender, senderDevice }: Omit<Copy, 'serial' | 'time'>) =>
  [to, device, id, sender, senderDevice].join('/');
