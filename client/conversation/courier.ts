// What conversations need from below: letters that reach the selected devices of an account, each applied once. The comments are
// obligations: that nothing is lost, shown twice or kept too long holds only if they are kept.

import type { Stamp } from '../../shared/protocol/message.ts';
import type { RecordReader, RecordWrite } from '../storage/record-store.ts';

/**
 * Bytes of the largest payload. With franking key and views it has to stay within the padding class of 8,191 bytes: the next one makes a
 * ciphertext of more than 16,384 bytes.
 */
export const PAYLOAD_BYTES = 5_600;

/** Milliseconds. Signals live no longer (CALLS.md, section 2). */
export const BRIEF_MS = 60_000;

/** Something to deliver. */
export interface Letter {
  /** UUIDv7. `id` and `to` together name the letter. */
  readonly id: string;
  /** An account. One's own stands for its other devices. */
  readonly to: string;
  /** The conversation whose selected devices it is for. Absent: what own devices tell each other about everything, for all of them. */
  readonly conversation?: string;
  /** What franking calls `P`, at most {@link PAYLOAD_BYTES}: delivered as it is. */
  readonly payload: Uint8Array;
  /**
   * Milliseconds since 1970. From then on the letter is neither sent nor kept, here or at the server (whose time to live is what is left
   * of it, 14 days at most). 0: for devices that are connected now; sent at once or never, and not kept anywhere.
   */
  readonly expires: number;
  /** Whether it should wake a sleeping device. */
  readonly urgent: boolean;
  /** Only these of the selected devices; a device that is not selected is never added by it. */
  readonly devices?: readonly number[];
  /** Begin a new session with each device first: the current one does not work. */
  readonly newSession?: boolean;
}

/** Something for one device, of use only now: what calls say. */
export interface Signal extends Pick<Letter, 'id' | 'to' | 'payload' | 'urgent'> {
  readonly device: number;
  readonly conversation: string;
  /** Milliseconds since 1970 by the server's clock, at most a minute from now. */
  readonly expires: number;
}

/** `undeliverable`: its time was up first, or the device is gone, not selected, without keys or blocked. It may have arrived all the same. */
export type SignalOutcome = 'stored' | 'undeliverable';

/** A letter that arrived and is proven to be from a selected device of its sender: commitment, identity and device list were checked. */
export interface Delivered {
  readonly id: string;
  readonly sender: string;
  readonly senderDevice: number;
  /** As the sender's letter named it, inside the ciphertext; the sending device is selected in it. */
  readonly conversation: string | undefined;
  readonly payload: Uint8Array;
  /** The server's word on when it accepted the letter, and with the two below the proof for a report. */
  readonly stamp: Stamp;
  readonly commitment: Uint8Array;
  readonly frankingKey: Uint8Array;
}

/** A letter of a selected device that could not be decrypted, or whose commitment did not open. Nothing in it is authenticated. */
export interface Undecryptable extends Pick<Delivered, 'id' | 'sender' | 'senderDevice'> {
  /** The server was to keep it for {@link BRIEF_MS} at most, like a signal: nothing to be missed. */
  readonly isBrief: boolean;
}

/** A letter that every selected device there was can now get: the server has stored each copy. */
export interface Accepted {
  readonly id: string;
  readonly to: string;
  /** When, by the server's clock. */
  readonly time: number;
  /** For whom. Empty when `to` is one's own account and there is no other device. */
  readonly devices: readonly number[];
}

/**
 * Why a letter will not be sent. Everything that may pass (no connection, a busy server, keys that ran out) is waited for instead.
 *
 * - `expired`: its time was up first, or its id is too old for the server
 * - `unknown-account`: no such account, or the contact token is missing or has been replaced
 * - `no-devices`: none of the account's devices is selected
 * - `blocked`: the account's identity has changed and nobody has acknowledged it, or its device list is too old to trust
 * - `rejected`: the server does not take it, for a reason that will not pass
 */
export type Refusal = 'expired' | 'unknown-account' | 'no-devices' | 'blocked' | 'rejected';

export interface Refused {
  readonly id: string;
  readonly to: string;
  readonly reason: Refusal;
}

/** What to write, and what to do once it is written. */
export interface Decision {
  readonly writes: readonly RecordWrite[];
  /** Called once, after the batch is durable; never when it is not. */
  readonly done?: () => void;
}

/**
 * The side that conversations implement. Each function is called inside an update of the store; what it returns is written in the **same
 * batch** as the state that the event changes: the advanced ratchet and used prekeys, or the emptied place in the outbox. So no crash
 * separates them. A letter is acknowledged to the server after that batch, never before.
 */
export interface Recipient {
  /** Called once for every letter that decrypts. A copy that cannot be decrypted because it was before is acknowledged and not told. */
  received(delivered: Delivered, read: RecordReader): Promise<Decision>;
  /** Called at most once for a copy. It is acknowledged like any other: it will never be readable. */
  undecryptable(lost: Undecryptable, read: RecordReader): Promise<Decision>;
  /** Called once for every letter that was kept in the outbox and is now stored for all its devices. */
  accepted(accepted: Accepted, read: RecordReader): Promise<Decision>;
  /** Called once for every letter that is given up. */
  refused(refused: Refused, read: RecordReader): Promise<Decision>;
}

/** What conversations are given. */
export interface Courier {
  /** The own account. */
  readonly account: string;
  /** This device in it. */
  readonly device: number;
  /** Begins to deliver. Called once, before anything else; mail that is waiting and the outbox of an earlier run follow. */
  start(recipient: Recipient): void;
  /**
   * The writes that put a letter into the outbox. The caller writes them together with what the letter is about, and then calls
   * {@link wake}. Nothing leaves the device before they are durable. From then on the letter is sent, through crashes and lost connections,
   * until it is accepted or refused: with one commitment, with every ciphertext's ratchet state durable first, and to devices
   * that become selected before it is accepted as well.
   *
   * @throws RangeError for a payload that is too large
   */
  post(letter: Letter): readonly RecordWrite[];
  /** The writes that take a letter back out of the outbox, payload and all; none of it is left. A copy on its way may arrive all the same. */
  withdraw(letter: Pick<Letter, 'id' | 'to'>): readonly RecordWrite[];
  /** There is something new in the outbox. */
  wake(): void;
  /** Sends a letter with `expires` 0. Failure is silent. */
  whisper(letter: Letter): void;
  /**
   * Sends a signal past the outbox, and keeps it nowhere. What may pass is waited for, with one id and one commitment, until it expires: from then on no
   * copy leaves this device, and the server keeps one for no longer than was left, rounded up to seconds. Signals to one device arrive at the server
   * in the order of these calls; no device waits for another. Never rejects.
   */
  signal(signal: Signal): Promise<SignalOutcome>;
  /** The server's clock as far as it is known in this run: milliseconds since 1970; undefined until it has said a time. It may lie. */
  serverTime(): number | undefined;
}
