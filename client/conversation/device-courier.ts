// The courier over a connected device: letters leave through its sessions, and what arrives there becomes conversations.

import { MESSAGE_TTL_SECONDS } from '../../shared/protocol/limits.ts';
import type { Device } from '../device/device.ts';
import type { InboxHandlers } from '../device/inbox.ts';
import type { Received } from '../device/receiving.ts';
import type { RecordReader, RecordStore, RecordWrite } from '../storage/record-store.ts';
import type { Platform } from '../transport/platform.ts';
import {
  BRIEF_MS,
  type Courier,
  type Decision,
  type Letter,
  type Recipient,
  type Signal,
  type SignalOutcome,
  type Undecryptable,
} from './courier.ts';
import { causeOf } from './failure-cause.ts';
import { isWaiting, postLetter, readOutbox, removeLetter, type WaitingLetter } from './outbox.ts';
import { Signalling } from './signalling.ts';

/** Before a letter is tried again that met something which may pass. */
const RETRY_MS = 30_000;

export interface DeviceCourierOptions {
  readonly account: string;
  readonly device: number;
  readonly store: RecordStore;
  readonly platform: Pick<Platform, 'now' | 'after'>;
  /** Something that is done in the background failed; it is done again, unless the store is closed. */
  readonly onFailure: (error: unknown) => void;
}

export class DeviceCourier implements Courier {
  readonly account: string;
  readonly device: number;
  /** To be given to the device that is opened for this courier. */
  readonly handlers: Pick<InboxHandlers, 'onMessage' | 'onDiscarded'>;
  readonly #options: DeviceCourierOptions;
  readonly #signalling: Signalling;
  #recipient: Recipient | undefined;
  #device: Device | undefined;
  #isWorking = false;
  #again = false;
  #cancelRetry: (() => void) | undefined;
  #closed = false;

  constructor(options: DeviceCourierOptions) {
    this.account = options.account;
    this.device = options.device;
    this.#options = options;
    this.#signalling = new Signalling(options);
    this.handlers = {
      onMessage: (received) => this.#receive(received),
      onDiscarded: ({ message: id, sender, senderDevice, stamp, expires }, reason) => {
        const isBrief = expires !== undefined && expires - stamp.time <= BRIEF_MS;
        return this.#discard({ id, sender, senderDevice, isBrief }, reason);
      },
    };
  }

  start(recipient: Recipient): void {
    this.#recipient = recipient;
  }

  /** The device to send with. What waits leaves as soon as it is connected. */
  attach(device: Device): void {
    this.#device = device;
    this.#signalling.attach(device);
    device.transport.onState(() => this.wake());
    this.wake();
  }

  post(letter: Letter): readonly RecordWrite[] {
    return [postLetter(letter)];
  }

  withdraw(letter: Pick<Letter, 'id' | 'to'>): readonly RecordWrite[] {
    return [removeLetter(letter)];
  }

  wake(): void {
    this.#again = true;
    if (this.#isWorking || !this.#isOnline) return;
    this.#isWorking = true;
    this.#work()
      .catch((error: unknown) => {
        this.#again = false;
        this.#options.onFailure(error);
        this.#retryIn(RETRY_MS);
      })
      .finally(() => {
        this.#isWorking = false;
        if (this.#again) this.wake();
      });
  }

  whisper({ id, to, conversation, payload, urgent }: Letter): void {
    if (!this.#isOnline) return;
    const outgoing = { message: id, to, content: payload, ttl: 0, urgent, ...(conversation && { conversation }) };
    this.#device?.send(outgoing).catch(() => {});
  }

  signal(signal: Signal): Promise<SignalOutcome> {
    return this.#signalling.send(signal);
  }

  serverTime(): number | undefined {
    return this.#device?.transport.clock.known();
  }

  /** Sends nothing more. What waits is kept. */
  close(): void {
    this.#closed = true;
    this.#cancelRetry?.();
    this.#signalling.close();
  }

  get #isOnline(): boolean {
    return !this.#closed && this.#device?.transport.state.kind === 'online';
  }

  async #work(): Promise<void> {
    while (this.#again && this.#isOnline) {
      this.#again = false;
      const letters = await readOutbox(this.#options.store);
      const lanes = [...Map.groupBy(letters, ({ to }) => to).values()];
      const emptied = await Promise.all(lanes.map((lane) => this.#empty(lane)));
      if (letters.length > 0 && emptied.some(Boolean)) this.#again = true;
    }
  }

  /** One account's letters in their order: what cannot be sent now holds up those behind it, and no one else's. */
  async #empty(lane: readonly WaitingLetter[]): Promise<boolean> {
    for (const letter of lane) {
      if (!this.#isOnline || !this.#device) return false;
      // Withdrawn since it was read.
      if (!(await isWaiting(this.#options.store, letter))) continue;
      const wait = await this.#deliver(letter, this.#device);
      if (wait === undefined) continue;
      this.#retryIn(wait);
      return false;
    }
    return true;
  }

  /** Undefined when the letter is done with; otherwise milliseconds until it is worth trying again. */
  async #deliver(letter: WaitingLetter, device: Device): Promise<number | undefined> {
    const { id, to, expires } = letter;
    const time = device.transport.clock.now();
    if (expires <= time) return this.#refuse(letter, 'expired');
    try {
      const ttl = Math.min(MESSAGE_TTL_SECONDS, Math.ceil((expires - time) / 1_000));
      const devices = letter.devices && (await this.#takingPart(letter, letter.devices, device));
      if (devices?.length === 0) return this.#refuse(letter, 'no-devices');
      const { devices: statuses } = await device.send({
        ...{ to, ttl, message: id, content: letter.payload, frankingKey: letter.frankingKey, urgent: letter.urgent },
        ...(letter.conversation !== undefined && { conversation: letter.conversation }),
        ...(devices && { devices }),
        ...(letter.newSession && { newSessions: true }),
      });
      const stored = [...statuses].flatMap(([one, status]) => (status === 'stored' ? [one] : []));
      if (stored.length === 0 && statuses.size > 0) return RETRY_MS;
      const accepted = { id, to, time: device.transport.clock.now(), devices: stored };
      await this.#tell(removeLetter(letter), (recipient, read) => recipient.accepted(accepted, read));
      return undefined;
    } catch (error) {
      const cause = causeOf(error);
      if (cause.kind === 'refused') return this.#refuse(letter, cause.reason);
      if (cause.kind === 'unexpected') this.#options.onFailure(error);
      return cause.kind === 'later' ? (cause.after ?? RETRY_MS) : RETRY_MS;
    }
  }

  async #refuse({ id, to }: WaitingLetter, reason: Parameters<Recipient['refused']>[0]['reason']): Promise<undefined> {
    await this.#tell(removeLetter({ id, to }), (recipient, read) => recipient.refused({ id, to, reason }, read));
  }

  async #takingPart(
    { to, conversation }: WaitingLetter,
    wanted: readonly number[],
    { selections }: Device,
  ): Promise<number[]> {
    if (conversation === undefined) return [...wanted];
    const taking = await selections.devices(conversation, to);
    return taking.map(({ id }) => id).filter((id) => wanted.includes(id));
  }

  async #receive(received: Received): Promise<void> {
    // A device that takes no part has no say; its message is over without a trace.
    if (!received.senderTakesPart) return;
    const { message: id, content: payload, settled, sender, senderDevice, conversation } = received;
    const { stamp, commitment, frankingKey } = received;
    const delivered = { id, sender, senderDevice, conversation, payload, stamp, commitment, frankingKey };
    await this.#tell(settled, (recipient, read) => recipient.received(delivered, read));
  }

  async #discard(lost: Undecryptable, reason: string): Promise<void> {
    // Not by the device whose name it bears: there is nobody to ask.
    if (reason === 'UNTRUSTED_IDENTITY') return;
    await this.#tell(undefined, (recipient, read) => recipient.undecryptable(lost, read));
  }

  async #tell(
    own: RecordWrite | undefined,
    event: (recipient: Recipient, read: RecordReader) => Promise<Decision>,
  ): Promise<void> {
    const recipient = this.#recipient;
    if (!recipient) throw new Error('the courier was not started');
    let done = () => {};
    await this.#options.store.update(async (read) => {
      const decision = await event(recipient, read);
      done = decision.done ?? done;
      return own ? [own, ...decision.writes] : decision.writes;
    });
    done();
  }

  #retryIn(milliseconds: number): void {
    if (this.#closed) return;
    this.#cancelRetry?.();
    this.#cancelRetry = this.#options.platform.after(milliseconds, () => this.wake());
  }
}
