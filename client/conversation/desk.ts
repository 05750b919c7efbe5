// Where the pure parts meet the store, the clock and the courier: one update at a time, and everything that follows from it when it is durable.

import type { RecordReader, RecordStore } from '../storage/record-store.ts';
import type { Platform } from '../transport/platform.ts';
import type { Courier, Decision } from './courier.ts';
import { conversationsDue, eraseDue, nextDeadline } from './erase.ts';
import { Ledger, readRecord } from './ledger.ts';
import { postReceipts, RECEIPT_DELAY_MS } from './receipts.ts';
import { due, receipts, times } from './records.ts';
import { TrustedClock } from './trusted-clock.ts';
import type { Work } from './work.ts';

export interface DeskOptions {
  readonly store: RecordStore;
  readonly courier: Courier;
  readonly platform: Pick<Platform, 'now' | 'elapsed' | 'after' | 'random'>;
  /** Something in the background failed; it is done again. */
  readonly onFailure?: (error: unknown) => void;
}

/** Is told which conversations look different now. */
type OnTouched = (accounts: ReadonlySet<string>) => void;

const LATEST_TIME = { group: 'latest' };
/** How often the time is kept, and how long at most until the clock is looked at again: it can be set while a timer runs. */
const TICK_MS = 60_000;

export class Desk {
  readonly store: RecordStore;
  readonly courier: Courier;
  readonly #platform: DeskOptions['platform'];
  readonly #clock: TrustedClock;
  readonly #onTouched: OnTouched;
  readonly #onFailure: (error: unknown) => void;
  #keptTime = 0;
  #sweepAt = Number.POSITIVE_INFINITY;
  #cancelSweep = () => {};
  #cancelReceipts: (() => void) | undefined;
  #closed = false;

  private constructor(options: DeskOptions, clock: TrustedClock, onTouched: OnTouched) {
    this.store = options.store;
    this.courier = options.courier;
    this.#platform = options.platform;
    this.#clock = clock;
    this.#onTouched = onTouched;
    this.#onFailure = options.onFailure ?? (() => {});
  }

  /** Erases what is past its deadline before anything can be read. */
  static async open(options: DeskOptions, onTouched: OnTouched): Promise<Desk> {
    const { platform, courier } = options;
    const sources = {
      machine: () => platform.now(),
      elapsed: () => platform.elapsed(),
      server: () => courier.serverTime(),
    };
    const latest = await readRecord(options.store, times, LATEST_TIME);
    const desk = new Desk(options, new TrustedClock(sources, latest ?? 0), onTouched);
    await desk.#sweep();
    const owed = await options.store.range(receipts.name, { limit: 1 });
    if (owed.length > 0) desk.#receiptsSoon();
    return desk;
  }

  /** What is due by then is not shown any more. */
  get shown(): number {
    return this.#clock.read().shown;
  }

  /** Runs `decide` in an update of its own, and resolves when what it changed is durable. */
  async update<Result>(decide: (work: Work) => Promise<Result>): Promise<Result> {
    const outcome = Promise.withResolvers<{ result: Result; done: () => void }>();
    await this.store.update(async (read) => {
      const { writes, result, done } = await this.#decide(read, decide);
      outcome.resolve({ result, done });
      return writes;
    });
    const { result, done } = await outcome.promise;
    done();
    return result;
  }

  /** The same inside an update of somebody else. */
  async decide<Result>(
    read: RecordReader,
    decide: (work: Work) => Promise<Result>,
    then: (result: Result) => void = () => {},
  ): Promise<Decision> {
    const { writes, result, done } = await this.#decide(read, decide);
    return {
      writes,
      done: () => {
        done();
        then(result);
      },
    };
  }

  /** Looks at the clock again: the server has said a time, or the device has slept. */
  tick(): void {
    if (!this.#closed) this.#sweepInBackground();
  }

  close(): void {
    this.#closed = true;
    this.#cancelSweep();
    this.#cancelReceipts?.();
  }

  async #decide<Result>(read: RecordReader, decide: (work: Work) => Promise<Result>) {
    const ledger = new Ledger(read);
    const time = this.#clock.read();
    const result = await decide({ ledger, courier: this.courier, time });
    if (ledger.writes.length > 0) this.#keepTime(ledger, time.now);
    return { writes: ledger.writes, result, done: () => this.#done(ledger) };
  }

  #keepTime(ledger: Ledger, now: number): void {
    if (Math.abs(now - this.#keptTime) < TICK_MS) return;
    this.#keptTime = now;
    ledger.put(times, LATEST_TIME, now);
  }

  #done(ledger: Ledger): void {
    if (this.#closed) return;
    if (ledger.hasLetters) this.courier.wake();
    if (ledger.earliest(receipts) !== undefined) this.#receiptsSoon();
    const deadline = ledger.earliest(due);
    if (deadline !== undefined) this.#sweepBy(deadline);
    if (ledger.touched.size > 0) this.#onTouched(ledger.touched);
  }

  #sweepBy(deadline: number): void {
    if (deadline >= this.#sweepAt || this.#closed) return;
    this.#sweepAt = deadline;
    this.#cancelSweep();
    const wait = Math.min(Math.max(deadline - this.#clock.read().now, 0), TICK_MS);
    this.#cancelSweep = this.#platform.after(wait, () => this.#sweepInBackground());
  }

  #sweepInBackground(): void {
    this.#inBackground(
      this.#sweep().then(() => this.#hideOver()),
      () => this.#sweepBy(this.#clock.read().now + TICK_MS),
    );
  }

  async #sweep(): Promise<void> {
    this.#sweepAt = Number.POSITIVE_INFINITY;
    while (await this.update(eraseDue));
    const next = await nextDeadline(this.store);
    if (next !== undefined) this.#sweepBy(next);
  }

  /** What is over by the server's word alone is still there; whoever shows it has to look again. */
  async #hideOver(): Promise<void> {
    const { now, shown } = this.#clock.read();
    if (shown > now) this.#onTouched(await conversationsDue(this.store, shown));
  }

  /** By chance between one and three times the delay: what is owed meanwhile goes along. */
  #receiptsSoon(): void {
    if (this.#closed) return;
    this.#cancelReceipts ??= this.#platform.after(RECEIPT_DELAY_MS * (1 + 2 * this.#platform.random()), () => {
      this.#cancelReceipts = undefined;
      this.#inBackground(this.update(postReceipts), () => this.#receiptsSoon());
    });
  }

  /** What fails is told and done again; only closing ends it. */
  #inBackground(work: Promise<void>, again: () => void): void {
    work.catch((error: unknown) => {
      if (this.#closed) return;
      this.#onFailure(error);
      again();
    });
  }
}
