import type { Candidate } from '../../conversation/call-content.ts';
import { MediaError } from '../media.ts';
import { ownCandidate, readCandidate } from './candidate.ts';
import { type Description, type DescriptionType, readDescription, writeDescription } from './description.ts';
import { readOwnDescription } from './own-description.ts';
import type { WaitingCandidates } from './waiting-candidates.ts';

/** What both sides of one peer connection have described: what the browser makes goes out as our text, and of the other side only our text goes in. */
export class Negotiation {
  readonly #connection: RTCPeerConnection;
  readonly #waiting: WaitingCandidates;
  /** Whether candidates of other types are neither told nor taken. */
  relayOnly: boolean;
  #local: Description | undefined;
  #remote: Description | undefined;
  #generation = 0;
  /** Of the newest description of the other side that the browser has. */
  #remoteGeneration: number | undefined;

  constructor(connection: RTCPeerConnection, waiting: WaitingCandidates, relayOnly: boolean) {
    this.#connection = connection;
    this.#waiting = waiting;
    this.relayOnly = relayOnly;
  }

  get local(): Description | undefined {
    return this.#local;
  }
  get remote(): Description | undefined {
    return this.#remote;
  }
  /** Of the newest description of this side. */
  get generation(): number {
    return this.#generation;
  }

  /** Makes this side's description, and begins to gather. */
  async describe(type: DescriptionType, generation: number, options: RTCOfferOptions = {}): Promise<string> {
    const own = await (type === 'offer' ? this.#connection.createOffer(options) : this.#connection.createAnswer());
    const description = readOwnDescription(own.sdp ?? '');
    // Before the browser has it: its candidates may come at once.
    this.#local = description;
    this.#generation = generation;
    await this.#connection.setLocalDescription(own);
    return writeDescription(type, description);
  }

  /** @throws MediaError `bad-description` when this is not the time for one of this type */
  expect(type: DescriptionType): void {
    if (this.#connection.signalingState !== (type === 'offer' ? 'stable' : 'have-local-offer')) {
      throw new MediaError('bad-description', `no ${type} is expected now`);
    }
  }

  /** Gives a description of the other side to the browser, and the candidates that waited for it. */
  async take(type: DescriptionType, description: Description, generation: number): Promise<void> {
    this.expect(type);
    const sdp = writeDescription(type, description);
    await this.#connection.setRemoteDescription({ type, sdp }).catch(() => {
      throw new MediaError('bad-description', 'this WebRTC does not take the description');
    });
    this.#remote = description;
    this.#remoteGeneration = generation;
    await this.giveCandidates();
  }

  /**
   * Reads the description of a restart: everything but the ICE credentials is as it was.
   * @throws MediaError `fingerprint-changed`, `bad-description`
   */
  readRestart(type: DescriptionType, text: string): Description {
    const description = readDescription(type, text);
    const { ufrag, password, fingerprint } = description;
    if (fingerprint !== this.#remote?.fingerprint) {
      throw new MediaError('fingerprint-changed', 'the other side names another certificate than before');
    }
    if (writeDescription(type, { ...this.#remote, ufrag, password }) !== text) {
      throw new MediaError('bad-description', 'a restart may change nothing but the path');
    }
    return description;
  }

  /** A candidate of this side as it is told; undefined where it is not, or belongs to a description that a newer one has replaced. */
  own(candidate: RTCIceCandidate): Candidate | undefined {
    return candidate.usernameFragment === this.#local?.ufrag ? ownCandidate(candidate, this.relayOnly) : undefined;
  }

  /** Gives the browser the candidates whose description it has. Only now it is known what that description allows. */
  async giveCandidates(): Promise<void> {
    if (this.#remoteGeneration === undefined) return;
    for (const { candidate, mid } of this.#waiting.take(this.#remoteGeneration)) {
      if (this.relayOnly && readCandidate(candidate).type !== 'relay') continue;
      await this.#connection.addIceCandidate({ candidate, sdpMid: mid }).catch(() => {
        throw new MediaError('bad-candidate', 'this WebRTC does not take the candidate');
      });
    }
  }
}
