// What calls need of the machine that carries their media. The comments are obligations.

import type { Candidate } from '../conversation/call-content.ts';

/** A relay as a browser takes it; checked before (CALLS.md, section 5). */
export interface IceServer {
  readonly urls: readonly string[];
  readonly username: string;
  readonly credential: string;
}

export interface LegOptions {
  readonly relays: readonly IceServer[];
  /** `relay`: no address of this machine is offered, gathered or told. */
  readonly policy: 'relay' | 'all';
  /** Called from the first description on until {@link MediaLeg.close}; never after it. */
  readonly onEvent: (event: MediaEvent) => void;
}

export type MediaEvent =
  /** One more candidate of this side, of the description with this generation. With the policy `relay` only relay candidates. */
  | { readonly kind: 'candidate'; readonly generation: number; readonly candidate: Candidate }
  /** The path is there, and the certificate at its end is the one that the description named: compared after the handshake. */
  | { readonly kind: 'connected' }
  /** There is no path at the moment; it may come back by itself. */
  | { readonly kind: 'interrupted' }
  /** There will be no path without a restart, or the certificate was another one. */
  | { readonly kind: 'failed'; readonly reason: 'path' | 'certificate' }
  /** The first audio or video of the other side was decoded. Once. */
  | { readonly kind: 'decoding' };

/** Makes peer connections. Making one opens no socket, asks no name server and touches no device. */
export interface MediaEngine {
  open(options: LegOptions): MediaLeg;
  /**
   * Opens devices ahead, because a person has just called or accepted; the first leg that sends takes them. Nothing is sent by it. What could not be opened is told to
   * that leg.
   */
  prepare(wanted: Sending): void;
  /** Closes what was opened ahead and no leg has taken. */
  release(): void;
}

/**
 * One leg: one peer connection with a certificate of its own. Calls on one leg are carried out in their order, but none waits for a `send`, which may ask a person. Each rejects with a {@link MediaError}
 * where what came from outside is not of the form of CALLS.md, section 2; the leg is then as it was.
 */
export interface MediaLeg {
  /** Makes the offering side's description and begins to gather. */
  offer(): Promise<string>;
  /** Takes the offer and makes the answering side's description. The first time that a remote description reaches the browser. */
  answer(offer: string): Promise<string>;
  accept(answer: string): Promise<void>;
  /** A candidate of the other side; with the policy `relay`, any that is not of type relay is ignored. Before there is a remote description it waits. */
  add(candidate: Candidate, generation: number): Promise<void>;
  /**
   * Begins the next generation. Fingerprints stay: a description with another one is refused.
   * @param relays fresh credentials @param policy may turn to `all`, when both people allow it
   */
  restart(generation: number, relays: readonly IceServer[], policy: LegOptions['policy']): Promise<string>;
  restartAnswer(
    offer: string,
    generation: number,
    relays: readonly IceServer[],
    policy: LegOptions['policy'],
  ): Promise<string>;
  restartAccept(answer: string, generation: number): Promise<void>;
  /** What is sent from now on. Nothing is before the first call. Opens microphone and camera when they are wanted, and closes them when not. @throws MediaError `no-device`, `not-permitted` */
  send(wanted: Sending): Promise<void>;
  /** Upper-case hexadecimal with colons, as descriptions write it: this side's, and the other's once its description was taken. */
  readonly fingerprints: { readonly local: string | undefined; readonly remote: string | undefined };
  /** Ends the path, and closes microphone and camera. */
  close(): void;
}

export interface Sending {
  readonly microphone: boolean;
  readonly camera: boolean;
}

export type MediaErrorCode =
  | 'bad-description'
  | 'bad-candidate'
  | 'fingerprint-changed'
  | 'no-device'
  | 'not-permitted'
  | 'closed';

export class MediaError extends Error {
  override readonly name = 'MediaError';
  readonly code: MediaErrorCode;

  constructor(code: MediaErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
