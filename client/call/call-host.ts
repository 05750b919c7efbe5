// What calls need of the rest of the client: the people, their conversations, the server and the time.

import { base64UrlDecode, base64UrlEncode } from '../../shared/protocol/base64url.ts';
import type { HandoverFields, SignalFields } from '../conversation/call-content.ts';
import { conversationId } from '../conversation/conversation-id.ts';
import type { Conversations } from '../conversation/conversations.ts';
import type { Timer } from '../conversation/timer.ts';
import type { Device } from '../device/device.ts';
import { deviceOf } from '../identity/known-account.ts';
import { standingOf } from '../identity/standing.ts';
import type { Platform } from '../transport/platform.ts';
import { CallError } from './call-error.ts';
import type { CallEvent, EntryFields, LegName } from './machine/types.ts';
import type { MediaLeg } from './media.ts';
import { type CodeSide, shortCode } from './short-code.ts';

/** How long the server is waited for when a call is claimed; after that the caller's confirmation decides alone. Milliseconds. */
const CLAIM_MS = 5_000;
const RANDOM_BYTES = 16;

export interface CallHostOptions {
  readonly device: Device;
  readonly conversations: Conversations;
  readonly platform: Pick<Platform, 'now' | 'elapsed' | 'after'>;
  /** Whether this device rings at all. */
  readonly rings: () => boolean;
}

/** Who is called, as far as the server has let this device know. */
export interface Prepared {
  readonly devices: readonly number[];
  readonly timer: Timer;
  readonly entry: string;
}

export class CallHost {
  readonly account: string;
  readonly device: number;
  readonly #options: CallHostOptions;
  readonly #began: number;

  constructor(options: CallHostOptions) {
    const { account, device } = options.device.own;
    this.account = account;
    this.device = device;
    this.#options = options;
    this.#began = options.platform.now() - options.platform.elapsed();
  }

  /** Milliseconds since 1970 when the program began, plus what has passed since: it does not jump when somebody sets the clock. */
  now(): number {
    return Math.floor(this.#began + this.#options.platform.elapsed());
  }

  after(milliseconds: number, callback: () => void): () => void {
    return this.#options.platform.after(milliseconds, callback);
  }

  /** Everything that other devices and the server say about calls. The function returned stops it. */
  listen(tell: (event: CallEvent) => void, draining: (relay: string) => void): () => void {
    const { device, conversations, rings } = this.#options;
    const stopSignals = conversations.calls.onTold((told) => {
      if (told.kind === 'handover') tell(told);
      else tell({ ...told, mayRing: told.mayRing && rings(), random: newRandom() });
    });
    const stopEvents = device.transport.onEvent((event) => {
      const isOther = event.event === 'call.claimed' && event.device !== this.device;
      if (isOther) tell({ kind: 'claimed', call: base64UrlEncode(event.call), by: 'other' });
      if (event.event === 'relay.draining') draining(event.relay);
    });
    return () => {
      stopSignals();
      stopEvents();
    };
  }

  /** @throws CallError `blocked`, `no-devices`; ConversationError `blocked`, `not-allowed` */
  async prepare(account: string): Promise<Prepared> {
    const { device, conversations, platform } = this.#options;
    const known = await device.accounts.get(account);
    if (!known) throw new CallError('no-devices', 'this account is not known');
    if (standingOf(known, platform.now()).blocks.length > 0)
      throw new CallError('blocked', 'nothing is sent to this account: see its contact');
    const begun = await conversations.calls.begin(account);
    const conversation = conversationId(this.account, account);
    await device.selections.begin(conversation, this.account);
    const own = await device.selections.devices(conversation, this.account);
    const theirs = await device.selections.devices(conversation, account);
    if (theirs.length === 0 || !own.some(({ id }) => id === this.device))
      throw new CallError('no-devices', 'this device, or every one of theirs, takes no part in the conversation');
    return { ...begun, devices: theirs.map(({ id }) => id) };
  }

  /** Whether it was delivered. @param expires by {@link now} */
  async say(
    to: { readonly account: string; readonly device: number },
    said: SignalFields,
    { urgent, expires }: { readonly urgent: boolean; readonly expires: number },
  ): Promise<boolean> {
    const { calls } = this.#options.conversations;
    return (await calls.say(to, said, { urgent, expires: this.#byServer(expires) })) === 'stored';
  }

  /** @param expires by {@link now} */
  async sayHandover(device: number, handover: HandoverFields, expires: number): Promise<void> {
    await this.#options.conversations.calls.handOver(device, handover, this.#byServer(expires));
  }

  /** Undefined where the server cannot be asked. */
  async claim(call: string): Promise<'this' | 'other' | undefined> {
    const bytes = base64UrlDecode(call);
    if (!bytes) return undefined;
    const late = Promise.withResolvers<undefined>();
    const cancel = this.after(CLAIM_MS, () => late.resolve(undefined));
    const asked = this.#options.device.transport.request('call.claim', { call: bytes });
    const answer = await Promise.race([asked.catch(() => undefined), late.promise]);
    cancel();
    return answer && (answer.won ? 'this' : 'other');
  }

  /** @throws ConversationError */
  record(entry: EntryFields, telling: { readonly tell: boolean; readonly note: boolean }): Promise<void> {
    return this.#options.conversations.calls.record(entry, telling);
  }

  /** The eight digits of a leg (CALLS.md, section 7); undefined where a device is not in its account's list any more. */
  async shortCode(
    { call, leg, account, device }: LegName,
    offerer: 'this' | 'other',
    randoms: { readonly offerer: string; readonly answerer: string },
    { local, remote }: MediaLeg['fingerprints'],
  ): Promise<string | undefined> {
    const ours = await this.#side(this.account, this.device, local);
    const theirs = await this.#side(account, device, remote);
    const [id, offererRandom, answererRandom] = [call, randoms.offerer, randoms.answerer].map(base64UrlDecode);
    if (!ours || !theirs || !id || !offererRandom || !answererRandom) return undefined;
    const [one, other] = offerer === 'this' ? [ours, theirs] : [theirs, ours];
    return shortCode({ call: id, leg, offererRandom, answererRandom, offerer: one, answerer: other });
  }

  async #side(account: string, device: number, fingerprint: string | undefined): Promise<CodeSide | undefined> {
    const known = await this.#options.device.accounts.get(account);
    const listed = known && deviceOf(known, device);
    return listed && fingerprint ? { account, device, identityKey: listed.identityKey, fingerprint } : undefined;
  }

  #byServer(time: number): number {
    return this.#options.device.transport.clock.now() + (time - this.now());
  }
}

/** 16 random bytes, base64url: an id, or one side of a short code. */
export function newRandom(): string {
  return base64UrlEncode(crypto.getRandomValues(new Uint8Array(RANDOM_BYTES)));
}
