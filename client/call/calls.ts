// The calls of one device: what a person does and what comes from elsewhere goes through the machine, and what it wants is done.

import { Listeners } from '../transport/listeners.ts';
import { Background } from './background.ts';
import { CallError } from './call-error.ts';
import { type CallHost, newRandom } from './call-host.ts';
import { CodeDesk } from './code-desk.ts';
import { LegDesk } from './leg-desk.ts';
import { type CallsState, initialState, mayPlace, nextDeadline, step, views } from './machine/machine.ts';
import type { CallEffect, CallEvent, CallView } from './machine/types.ts';
import type { MediaEngine, MediaLeg, Sending } from './media.ts';
import type { RelayDesk } from './relay-desk.ts';
import type { RingSetting } from './ring-setting.ts';
import type { CallChoice, ShownCall } from './shown-call.ts';
import { SignalDesk } from './signal-desk.ts';

export interface CallsOptions {
  readonly host: CallHost;
  readonly media: MediaEngine;
  readonly relays: RelayDesk;
  readonly ring: RingSetting;
  /** Something that is done in the background failed. */
  readonly onFailure: (error: unknown) => void;
}

/** Phases of a call that another device may still take. */
const ONLOOKING: ReadonlySet<CallView['phase']> = new Set(['ringing', 'offered-here', 'ended']);
/** How long the others are told that this device hangs up, when the program ends. Milliseconds. */
const CLOSING_MS = 1_000;

export class Calls {
  readonly #host: CallHost;
  readonly #relays: RelayDesk;
  readonly #legs: LegDesk;
  readonly #ring: RingSetting;
  readonly #changes = new Listeners<ShownCall>();
  readonly #signals: SignalDesk;
  readonly #background: Background;
  readonly #codes: CodeDesk;
  readonly #stop: () => void;
  #state: CallsState;
  #cancelTimer = () => {};
  #closed = false;

  constructor({ host, media, relays, ring, onFailure }: CallsOptions) {
    this.#host = host;
    this.#relays = relays;
    this.#ring = ring;
    this.#background = new Background(onFailure);
    this.#state = initialState({ account: host.account, device: host.device });
    const dispatch = (event: CallEvent) => this.#dispatch(event);
    this.#signals = new SignalDesk({ host, dispatch, onFailure });
    this.#legs = new LegDesk({ engine: media, relays, dispatch, onFailure });
    this.#codes = new CodeDesk({ host, legs: this.#legs, onShown: (call) => this.#changed(call) });
    this.#stop = host.listen(dispatch, (relay) => this.#background.run(this.#drain(relay)));
  }

  /** Calls that ring, wait or run, and those that ended a moment ago. */
  list(): ShownCall[] {
    return views(this.#state).map((view) => this.#shown(view));
  }

  get(call: string): ShownCall | undefined {
    return this.list().find((view) => view.call === call);
  }

  /** What the call's media run on, from the moment on when something may be sent; of a WebRTC engine a `WebRtcLeg`, with the tracks to play. */
  media(call: string): MediaLeg | undefined {
    return this.#legs.carrying(call);
  }

  /** Each change of a call. The function returned stops it. */
  onChange(listener: (call: ShownCall) => void): () => void {
    return this.#changes.add(listener);
  }

  /**
   * Rings the other person's devices that take part in the conversation. Writing to somebody or calling them accepts them.
   *
   * @returns the call's id @throws CallError `in-a-call`, `blocked`, `no-devices`
   */
  async place(account: string, { media = 'audio', direct = false }: CallChoice = {}): Promise<string> {
    this.#requireIdle();
    const { devices, timer, entry } = await this.#host.prepare(account);
    // Somebody may have called meanwhile.
    this.#requireIdle();
    const call = newRandom();
    const offered = devices.map((device) => ({ device, random: newRandom() }));
    this.#legs.prepare({ microphone: true, camera: media === 'video' });
    this.#dispatch({ kind: 'place', call, entry, account, devices: offered, media, direct, timer });
    return call;
  }

  /** Answers a call that rings, or takes over one that another own device hands over. @throws CallError `unknown-call`, `not-now`, `in-a-call` */
  accept(call: string, { camera = false, direct = false }: { camera?: boolean; direct?: boolean } = {}): void {
    const { phase, media } = this.#require(call);
    if (phase !== 'ringing' && phase !== 'offered-here') throw new CallError('not-now', 'the call does not ring');
    this.#legs.prepare({ microphone: true, camera: camera && media === 'video' });
    this.#dispatch({ kind: 'accept', call, camera, direct, random: newRandom() });
    // Beside the claim: the answer needs both. What fails here fails again when the leg is opened, and is told then.
    if (this.get(call)?.phase !== 'ended') void this.#relays.get(call).catch(() => {});
  }

  /** For all own devices, unless one of them has answered. @throws CallError `unknown-call` */
  decline(call: string): void {
    this.#require(call);
    this.#dispatch({ kind: 'decline', call });
  }

  /** @throws CallError `unknown-call` */
  hangUp(call: string): void {
    this.#require(call);
    this.#dispatch({ kind: 'hang-up', call });
  }

  /** Microphone and camera. A camera shows only when both want video: see {@link wantVideo}. @throws CallError `unknown-call` */
  setSending(call: string, sending: Sending): void {
    this.#require(call);
    this.#dispatch({ kind: 'set-sending', call, sending });
  }

  /** Asks for video in an audio call, or agrees to the other side's asking; false takes it back. @throws CallError `unknown-call` */
  wantVideo(call: string, wanted: boolean): void {
    this.#require(call);
    this.#dispatch({ kind: 'want-video', call, wanted });
  }

  /** Lets another own device go on with the call, once somebody accepts there. @throws CallError `unknown-call` */
  handOver(call: string, device: number): void {
    this.#require(call);
    this.#dispatch({ kind: 'hand-over', call, device });
  }

  /** Whether this device rings; it lists calls in any case. */
  get rings(): boolean {
    return this.#ring.rings;
  }

  /** On this device only. Resolves when it is durable. */
  setRings(rings: boolean): Promise<void> {
    return this.#ring.set(rings);
  }

  /**
   * Hangs up what this device takes part in, and ends all timers. What only rings here goes on ringing elsewhere. Resolves when the other side is told, or
   * cannot be within a second; undefined: there was nothing to tell.
   */
  close(): Promise<void> | undefined {
    const own = this.list().filter(({ phase }) => !ONLOOKING.has(phase));
    for (const { call } of own) this.#dispatch({ kind: 'hang-up', call });
    this.#closed = true;
    this.#stop();
    this.#cancelTimer();
    this.#legs.close();
    this.#relays.close();
    return own.length === 0 ? undefined : this.#told();
  }

  async #told(): Promise<void> {
    const late = Promise.withResolvers<void>();
    const cancel = this.#host.after(CLOSING_MS, late.resolve);
    const told = this.#background.done().then(() => this.#signals.idle());
    await Promise.race([told, late.promise]);
    cancel();
  }

  #dispatch(event: CallEvent): void {
    const before = this.#state;
    const { state, effects } = step(before, event, this.#host.now());
    this.#state = state;
    for (const effect of effects) if (effect.kind !== 'changed') this.#perform(effect);
    this.#setTimer();
    // Last: who is told may answer or hang up at once.
    for (const effect of effects) if (effect.kind === 'changed') this.#changed(effect.call);
  }

  #setTimer(): void {
    this.#cancelTimer();
    const deadline = nextDeadline(this.#state);
    if (deadline === undefined || this.#closed) return;
    const wait = Math.max(0, deadline - this.#host.now());
    this.#cancelTimer = this.#host.after(wait, () => this.#dispatch({ kind: 'time' }));
  }

  #perform(effect: Exclude<CallEffect, { kind: 'changed' }>): void {
    switch (effect.kind) {
      case 'say':
        this.#signals.say(effect);
        break;
      case 'say-handover':
        this.#background.run(this.#host.sayHandover(effect.device, effect.handover, effect.expires));
        break;
      case 'claim':
        this.#background.run(this.#claim(effect.call));
        break;
      case 'code':
        this.#background.run(this.#codes.show(effect));
        break;
      case 'entry':
        this.#background.run(this.#host.record(effect.entry, effect));
        break;
      default:
        this.#legs.perform(effect);
    }
  }

  async #claim(call: string): Promise<void> {
    this.#dispatch({ kind: 'claimed', call, by: await this.#host.claim(call) });
  }

  /** Only when a call here uses this relay. */
  async #drain(relay: string): Promise<void> {
    const uses = await Promise.all(this.list().map(({ call }) => this.#relays.uses(call, relay)));
    if (uses.includes(true)) this.#dispatch({ kind: 'relay-draining' });
  }

  #changed(call: string): void {
    const shown = this.get(call);
    if (!shown || shown.phase === 'ended') {
      this.#relays.forget(call);
      this.#codes.forget(call);
    }
    if (mayPlace(this.#state)) this.#legs.release();
    if (shown) this.#changes.tell(shown);
  }

  #shown(view: CallView): ShownCall {
    return { ...view, shortCode: this.#codes.of(view.call) };
  }

  #require(call: string): ShownCall {
    const shown = this.get(call);
    if (!shown || shown.phase === 'ended') throw new CallError('unknown-call', 'there is no such call any more');
    return shown;
  }

  #requireIdle(): void {
    if (!mayPlace(this.#state)) throw new CallError('in-a-call', 'this device is in a call, or rings');
  }
}
