// What goes into the calls of a device, and what comes out. `step` (machine.ts) is a function of these and of nothing else: no clock, no random
// numbers, no network. Times are milliseconds since 1970.

import type {
  CallHandover,
  CallMedia,
  CallOutcome,
  CallSignal,
  Candidate,
  HandoverFields,
  SignalFields,
} from '../../conversation/call-content.ts';
import type { Timer } from '../../conversation/timer.ts';
import type { MediaEvent, Sending } from '../media.ts';

/** One leg at this device: the call, its leg, and the device at the other end. */
export interface LegName {
  readonly call: string;
  readonly leg: number;
  readonly account: string;
  readonly device: number;
}

/** A signal without what the host fills in: head, both devices. */
export type Said = SignalFields;

export type CallEvent =
  // A person's gestures, on this device.
  /** Does nothing during another call: ask `mayPlace` before. */
  | {
      readonly kind: 'place';
      readonly call: string;
      readonly entry: string;
      readonly account: string;
      /** The devices of the account that take part in the conversation, each with 16 random bytes of its own (base64url). */
      readonly devices: readonly { readonly device: number; readonly random: string }[];
      readonly media: CallMedia;
      readonly direct: boolean;
      readonly timer: Timer;
    }
  /** Also takes over a call that another own device hands over. `random`: 16 bytes, base64url. */
  | {
      readonly kind: 'accept';
      readonly call: string;
      readonly camera: boolean;
      readonly direct: boolean;
      readonly random: string;
    }
  | { readonly kind: 'decline'; readonly call: string }
  | { readonly kind: 'hang-up'; readonly call: string }
  | { readonly kind: 'set-sending'; readonly call: string; readonly sending: Sending }
  /** Asks for video, or agrees to the other side's asking; `false` takes it back or refuses. */
  | { readonly kind: 'want-video'; readonly call: string; readonly wanted: boolean }
  | { readonly kind: 'hand-over'; readonly call: string; readonly device: number }
  // From elsewhere.
  | {
      readonly kind: 'signal';
      readonly signal: CallSignal;
      /** By the server's clock: how long ago the server took the letter in. */
      readonly age: number;
      /** False: list the call, do not ring (muted, told not to ring, flood). */
      readonly mayRing: boolean;
      /** 16 fresh bytes, base64url. Used where the signal offers a leg that is answered without asking (CALLS.md, section 8). */
      readonly random: string;
    }
  | { readonly kind: 'handover'; readonly handover: CallHandover; readonly age: number }
  /** The server's answer to this device's claim, or its event that another device holds the call. Undefined: the server could not be asked. */
  | { readonly kind: 'claimed'; readonly call: string; readonly by: 'this' | 'other' | undefined }
  /** A signal could not be delivered to this device: it is gone, or has no keys. Only an offer's matters. */
  | { readonly kind: 'undeliverable'; readonly to: LegName; readonly type: CallSignal['type'] }
  | { readonly kind: 'relay-draining' }
  // What became of effects.
  | { readonly kind: 'described'; readonly name: LegName; readonly role: 'offer' | 'answer'; readonly sdp: string }
  | {
      readonly kind: 'restarted';
      readonly name: LegName;
      readonly generation: number;
      readonly role: 'offer' | 'answer';
      readonly sdp: string;
    }
  | { readonly kind: 'media'; readonly name: LegName; readonly event: MediaEvent }
  /** An effect on the leg's media failed: bad description, no microphone, no relay. */
  | { readonly kind: 'media-error'; readonly name: LegName; readonly reason: 'media' | 'no-relay' }
  /** Nothing but the time: a deadline of {@link nextDeadline} has come. */
  | { readonly kind: 'time' };

export type CallEffect =
  /** To one device. The host retries it until `expires`, then reports `undeliverable`. */
  | {
      readonly kind: 'say';
      readonly to: { readonly account: string; readonly device: number };
      readonly said: Said;
      readonly urgent: boolean;
      readonly expires: number;
    }
  /** To an own device. */
  | {
      readonly kind: 'say-handover';
      readonly device: number;
      readonly handover: HandoverFields;
      readonly expires: number;
    }
  /** Asks the server for the call; answered by `claimed`. */
  | { readonly kind: 'claim'; readonly call: string }
  /**
   * Gets relay credentials and opens the leg's media; answered by `described`. With `offer`, this side answers it. `needsRelay` false: both people allow
   * a direct path, so that one may be used where there is no relay.
   */
  | {
      readonly kind: 'open';
      readonly name: LegName;
      readonly offer: string | undefined;
      readonly needsRelay: boolean;
    }
  | { readonly kind: 'accept'; readonly name: LegName; readonly sdp: string }
  | {
      readonly kind: 'add';
      readonly name: LegName;
      readonly generation: number;
      readonly candidates: readonly Candidate[];
    }
  /** Fresh credentials, then the next generation; answered by `restarted`. With `offer`, this side answers it. */
  | {
      readonly kind: 'restart';
      readonly name: LegName;
      readonly generation: number;
      readonly offer: string | undefined;
      readonly policy: 'relay' | 'all';
    }
  | { readonly kind: 'accept-restart'; readonly name: LegName; readonly generation: number; readonly sdp: string }
  | { readonly kind: 'send'; readonly name: LegName; readonly sending: Sending }
  /** Compute the short code of the leg from both randoms and show it. */
  | {
      readonly kind: 'code';
      readonly name: LegName;
      readonly offerer: 'this' | 'other';
      readonly randoms: { readonly offerer: string; readonly answerer: string };
    }
  | { readonly kind: 'close'; readonly name: LegName }
  /** The call's entry is now this. `tell`: this device took part, and tells the own others; `note`: nobody answered, tell the callee's devices. */
  | { readonly kind: 'entry'; readonly entry: EntryFields; readonly tell: boolean; readonly note: boolean }
  /** A person's screen shows something else now. */
  | { readonly kind: 'changed'; readonly call: string };

export interface EntryFields {
  readonly call: string;
  readonly id: string;
  /** The other account. */
  readonly conversation: string;
  readonly caller: string;
  readonly media: CallMedia;
  readonly outcome: CallOutcome;
  readonly seconds: number;
  readonly timer: Timer;
}

/** What a person sees of a call. */
export interface CallView {
  readonly call: string;
  readonly account: string;
  readonly direction: 'incoming' | 'outgoing';
  readonly media: CallMedia;
  readonly phase:
    | 'calling'
    | 'ringing'
    | 'answering'
    | 'connecting'
    | 'connected'
    | 'interrupted'
    /** Offered by another own device: a gesture takes the running call over. */
    | 'offered-here'
    | 'ended';
  /** Set when `ended`. */
  readonly reason: EndReason | undefined;
  /** Of an outgoing call that nobody has answered: devices that ring. */
  readonly ringing: readonly number[];
  /** The device at the other end, once there is one. */
  readonly device: number | undefined;
  readonly connectedAt: number | undefined;
  readonly sending: Sending;
  readonly theirs: Sending;
  readonly video: 'off' | 'asked-by-us' | 'asked-by-them' | 'agreed';
}

export type EndReason =
  | 'ended'
  | 'cancelled'
  | 'declined'
  | 'busy'
  | 'missed'
  | 'elsewhere'
  | 'moved'
  | 'failed'
  | 'no-relay'
  | 'unreachable';
