// Media that is played: legs find each other by their descriptions, and what becomes of their paths a test says. Deterministic, and without a network.

import {
  type IceServer,
  type LegOptions,
  type MediaEngine,
  MediaError,
  type MediaEvent,
  type MediaLeg,
  type Sending,
} from '../../client/call/media.ts';
import { InTurn } from '../../client/call/webrtc/in-turn.ts';
import type { Candidate } from '../../client/conversation/call-content.ts';

const DESCRIPTION = /^(offer|answer) ([0-9A-F:]{95})$/;

/** What lies between the legs of all devices. */
export class FakeNetwork {
  readonly legs: FakeLeg[] = [];
  #isOpen = true;

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Whether there is a path anywhere. */
  set isOpen(isOpen: boolean) {
    this.#isOpen = isOpen;
    this.look();
  }

  /** A leg of which there was none before. */
  join(leg: FakeLeg): string {
    this.legs.push(leg);
    return Array.from({ length: 32 }, () => this.legs.length.toString(16).padStart(2, '0').toUpperCase()).join(':');
  }

  peerOf({ own, fingerprints: { remote } }: FakeLeg): FakeLeg | undefined {
    return this.legs.find((leg) => leg.own === remote && leg.fingerprints.remote === own);
  }

  /** What has changed is told to the legs that it concerns. */
  look(): void {
    for (const leg of this.legs) leg.look();
  }
}

/** The media of one device. */
export class FakeMedia implements MediaEngine {
  /** Every leg that this device has opened, in order. */
  readonly legs: FakeLeg[] = [];
  /** Called before a leg does what it was asked for: a test holds that up here, or lets it fail. */
  before: (work: string) => Promise<void> = async () => {};
  readonly #network: FakeNetwork;
  #isSilent = false;

  constructor(network: FakeNetwork) {
    this.#network = network;
  }

  open(options: LegOptions): FakeLeg {
    const leg = new FakeLeg(this.#network, options, this);
    this.legs.push(leg);
    return leg;
  }

  /** What is open ahead. */
  prepared: Sending | undefined;

  prepare(wanted: Sending): void {
    this.prepared = wanted;
  }
  release(): void {
    this.prepared = undefined;
  }

  get isSilent(): boolean {
    return this.#isSilent;
  }

  /** Whether nothing of what is sent is heard on the other side. */
  set isSilent(isSilent: boolean) {
    this.#isSilent = isSilent;
    this.#network.look();
  }

  /** Those that are not closed. */
  get running(): FakeLeg[] {
    return this.legs.filter(({ closed }) => !closed);
  }
}

export class FakeLeg implements MediaLeg {
  readonly options: LegOptions;
  /** This side's fingerprint. */
  readonly own: string;
  /** What the leg was asked for, in order. */
  readonly done: string[] = [];
  sending: Sending = { microphone: false, camera: false };
  closed = false;
  readonly #network: FakeNetwork;
  readonly #media: FakeMedia;
  readonly #inTurn = new InTurn();
  readonly #sendingInTurn = new InTurn();
  /** Generations of which this side has a candidate of the other. */
  readonly #reached = new Set<number>();
  #begun = false;
  #remote: string | undefined;
  #generation = 0;
  /** Paths of earlier generations carry nothing any more. */
  #lost = 0;
  #isUp = false;
  #hasDecoded = false;

  constructor(network: FakeNetwork, options: LegOptions, media: FakeMedia) {
    this.#network = network;
    this.options = options;
    this.#media = media;
    this.own = network.join(this);
  }

  get fingerprints() {
    return { local: this.#begun ? this.own : undefined, remote: this.#remote };
  }

  offer(): Promise<string> {
    return this.#run('offer', () => this.#describe('offer', 0));
  }

  answer(offer: string): Promise<string> {
    return this.#run('answer', () => {
      this.#take('offer', offer);
      return this.#describe('answer', 0);
    });
  }

  accept(answer: string): Promise<void> {
    return this.#run('accept', () => this.#take('answer', answer));
  }

  add(_: Candidate, generation: number): Promise<void> {
    return this.#run(`add ${generation}`, () => void this.#reached.add(generation));
  }

  restart(generation: number, relays: readonly IceServer[]): Promise<string> {
    return this.#run(`restart ${generation} ${relays[0]?.username}`, () => this.#describe('offer', generation));
  }

  restartAnswer(offer: string, generation: number, relays: readonly IceServer[]): Promise<string> {
    return this.#run(`restart-answer ${generation} ${relays[0]?.username}`, () => {
      this.#take('offer', offer);
      return this.#describe('answer', generation);
    });
  }

  restartAccept(answer: string, generation: number): Promise<void> {
    return this.#run(`restart-accept ${generation}`, () => this.#take('answer', answer));
  }

  send(wanted: Sending): Promise<void> {
    const set = () => {
      this.sending = wanted;
    };
    return this.#run('send', set, this.#sendingInTurn);
  }

  close(): void {
    this.closed = true;
    this.#network.look();
  }

  /** The path breaks, as when a relay ends: only a restart brings another one. */
  lose(): void {
    this.#lost = this.#generation + 1;
    this.#network.look();
  }

  tell(event: MediaEvent): void {
    queueMicrotask(() => {
      if (!this.closed) this.options.onEvent(event);
    });
  }

  look(): void {
    if (this.closed) return;
    const peer = this.#network.peerOf(this);
    const isUp = this.#network.isOpen && peer !== undefined && !peer.closed && this.#reaches() && peer.#reaches();
    if (isUp !== this.#isUp) this.tell({ kind: isUp ? 'connected' : 'interrupted' });
    this.#isUp = isUp;
    const hears = isUp && !peer.#media.isSilent && (peer.sending.microphone || peer.sending.camera);
    if (hears && !this.#hasDecoded) this.tell({ kind: 'decoding' });
    this.#hasDecoded ||= hears;
  }

  #reaches(): boolean {
    return [...this.#reached].some((generation) => generation >= this.#lost);
  }

  async #run<Result>(work: string, result: () => Result, turn = this.#inTurn): Promise<Result> {
    return turn.run(async () => {
      await this.#media.before(work);
      if (this.closed) throw new MediaError('closed', 'the leg is closed');
      this.done.push(work);
      const made = result();
      this.#network.look();
      return made;
    });
  }

  #describe(type: 'offer' | 'answer', generation: number): string {
    this.#begun = true;
    this.#generation = generation;
    const candidate = { candidate: `candidate:1 1 udp ${generation + 1} 192.0.2.1 3478 typ relay`, mid: '0' } as const;
    this.tell({ kind: 'candidate', generation, candidate });
    return `${type} ${this.own}`;
  }

  #take(type: 'offer' | 'answer', text: string): void {
    const [, found, fingerprint] = DESCRIPTION.exec(text) ?? [];
    if (found !== type || !fingerprint) throw new MediaError('bad-description', 'not a description of this kind');
    if (this.#remote !== undefined && this.#remote !== fingerprint)
      throw new MediaError('fingerprint-changed', 'the other side names another certificate than before');
    this.#remote = fingerprint;
  }
}
