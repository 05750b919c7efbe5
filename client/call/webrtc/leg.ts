import type { Candidate } from '../../conversation/call-content.ts';
import type { Platform } from '../../transport/platform.ts';
import { type IceServer, type LegOptions, MediaError, type MediaEvent, type MediaLeg, type Sending } from '../media.ts';
import { readCandidate } from './candidate.ts';
import type { Capture } from './capture.ts';
import { whenDecoding } from './decoding.ts';
import { readDescription } from './description.ts';
import { InTurn } from './in-turn.ts';
import { MediaSending } from './media-sending.ts';
import { Negotiation } from './negotiation.ts';
import { watchPath } from './path.ts';
import { WaitingCandidates } from './waiting-candidates.ts';

/** What a leg needs of the machine it runs on. */
export interface WebRtc {
  readonly RTCPeerConnection: new (configuration: RTCConfiguration) => RTCPeerConnection;
  readonly capture: Capture;
  readonly timer: Pick<Platform, 'after'>;
}

/** One peer connection, made with its first description: before, there is nothing that could touch the network. */
export class WebRtcLeg implements MediaLeg {
  readonly #webRtc: WebRtc;
  readonly #onEvent: (event: MediaEvent) => void;
  readonly #inTurn = new InTurn();
  readonly #sendingInTurn = new InTurn();
  readonly #waiting = new WaitingCandidates();
  readonly #sending: MediaSending;
  #relays: readonly IceServer[];
  #policy: LegOptions['policy'];
  #begun: { connection: RTCPeerConnection; negotiation: Negotiation; stopLooking: () => void } | undefined;
  /** Rejects with the end of the leg: what a browser has not done by then it never finishes, without a word. */
  readonly #end = Promise.withResolvers<never>();
  #closed = false;

  constructor(webRtc: WebRtc, { relays, policy, onEvent }: LegOptions) {
    this.#webRtc = webRtc;
    this.#relays = relays;
    this.#policy = policy;
    this.#onEvent = onEvent;
    this.#sending = new MediaSending(webRtc.capture);
    this.#end.promise.catch(() => {});
  }

  get fingerprints() {
    const { local, remote } = this.#begun?.negotiation ?? {};
    return { local: local?.fingerprint, remote: remote?.fingerprint };
  }

  /** What comes from the other side, to be played: audio first, then video. Silent and black until something comes. */
  get received(): MediaStreamTrack[] {
    return this.#begun?.connection.getTransceivers().map(({ receiver }) => receiver.track) ?? [];
  }

  /** This side's open microphone or camera. */
  sent(device: keyof Sending): MediaStreamTrack | undefined {
    return this.#sending.track(device);
  }

  /** What the WebRTC implementation counts: packets, frames, and the path they take. Undefined before the first description. */
  statistics(): Promise<RTCStatsReport | undefined> {
    return Promise.resolve(this.#begun?.connection.getStats());
  }

  offer(): Promise<string> {
    return this.#run(async () => {
      const { connection, negotiation } = this.#begin();
      connection.addTransceiver('audio', { direction: 'sendrecv' });
      connection.addTransceiver('video', { direction: 'sendrecv' });
      return negotiation.describe('offer', 0);
    });
  }

  answer(offer: string): Promise<string> {
    return this.#run(async () => {
      const description = readDescription('offer', offer);
      const { connection, negotiation } = this.#begin();
      await negotiation.take('offer', description, 0);
      for (const transceiver of connection.getTransceivers()) transceiver.direction = 'sendrecv';
      return negotiation.describe('answer', 0);
    });
  }

  accept(answer: string): Promise<void> {
    return this.#run(() => this.#open().negotiation.take('answer', readDescription('answer', answer), 0));
  }

  add(candidate: Candidate, generation: number): Promise<void> {
    return this.#run(async () => {
      readCandidate(candidate.candidate);
      this.#waiting.add(candidate, generation);
      await this.#begun?.negotiation.giveCandidates();
    });
  }

  restart(generation: number, relays: readonly IceServer[], policy: LegOptions['policy']): Promise<string> {
    return this.#run(async () => {
      this.#reconfigure(relays, policy);
      return this.#open().negotiation.describe('offer', generation, { iceRestart: true });
    });
  }

  restartAnswer(
    offer: string,
    generation: number,
    relays: readonly IceServer[],
    policy: LegOptions['policy'],
  ): Promise<string> {
    return this.#run(async () => {
      const { negotiation } = this.#open();
      const description = negotiation.readRestart('offer', offer);
      negotiation.expect('offer');
      this.#reconfigure(relays, policy);
      await negotiation.take('offer', description, generation);
      return negotiation.describe('answer', generation);
    });
  }

  restartAccept(answer: string, generation: number): Promise<void> {
    return this.#run(async () => {
      const { negotiation } = this.#open();
      // Another one answers an offer that a newer one has replaced.
      if (generation !== negotiation.generation) return;
      await negotiation.take('answer', negotiation.readRestart('answer', answer), generation);
    });
  }

  send(wanted: Sending): Promise<void> {
    return this.#run(() => this.#sending.set(this.#open().connection, wanted), this.#sendingInTurn);
  }

  close(): void {
    this.#closed = true;
    this.#end.reject(new MediaError('closed', 'the leg is closed'));
    this.#sending.close();
    this.#begun?.stopLooking();
    this.#begun?.connection.close();
  }

  #run<Result>(work: () => Promise<Result>, turn = this.#inTurn): Promise<Result> {
    return turn.run(() => (this.#closed ? this.#end.promise : Promise.race([work(), this.#end.promise])));
  }

  #tell(event: MediaEvent): void {
    if (!this.#closed) this.#onEvent(event);
  }

  #open() {
    if (!this.#begun) throw new MediaError('closed', 'the leg has not begun');
    return this.#begun;
  }

  /** Without certificates in its configuration, a connection makes one of its own. */
  #begin() {
    if (this.#begun) throw new Error('a leg begins once');
    const connection = new this.#webRtc.RTCPeerConnection(this.#configuration());
    const negotiation = new Negotiation(connection, this.#waiting, this.#policy === 'relay');
    connection.onicecandidate = ({ candidate }) => {
      const own = candidate && negotiation.own(candidate);
      if (own) this.#tell({ kind: 'candidate', generation: negotiation.generation, candidate: own });
    };
    watchPath(
      connection,
      () => negotiation.remote?.fingerprint,
      (event) => {
        this.#tell(event);
        // The other end is somebody else: nothing may be sent there, and no restart brings it back.
        if (event.kind === 'failed' && event.reason === 'certificate') this.close();
      },
    );
    const stopLooking = whenDecoding(connection, this.#webRtc.timer, () => this.#tell({ kind: 'decoding' }));
    this.#begun = { connection, negotiation, stopLooking };
    return this.#begun;
  }

  #configuration(): RTCConfiguration {
    return {
      iceServers: this.#relays.map((relay) => ({ ...relay, urls: [...relay.urls] })),
      iceTransportPolicy: this.#policy,
      bundlePolicy: 'max-bundle',
      rtcpMuxPolicy: 'require',
    };
  }

  #reconfigure(relays: readonly IceServer[], policy: LegOptions['policy']): void {
    this.#relays = relays;
    this.#policy = policy;
    const { connection, negotiation } = this.#open();
    connection.setConfiguration(this.#configuration());
    negotiation.relayOnly = policy === 'relay';
  }
}
