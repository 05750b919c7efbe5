// What devices say to each other about calls (CALLS.md, section 2), and what own devices are told of them.

import * as z from 'zod/mini';
import { utf8 } from '../../shared/protocol/bytes.ts';
import { accountId, deviceId, messageId, time, whole } from '../../shared/protocol/fields.ts';
import { timer } from './timer.ts';

/** Characters of a session description without candidates: one audio and one video section take about 2,600. */
export const DESCRIPTION_CHARACTERS = 4_000;
/**
 * Bytes of a session description as JSON writes it, where each line break counts four, and a quotation mark or backslash two: everything else in an
 * offer takes up to 440, and a payload has at most 5,600. 4,000 characters in lines of 10 and more are below it.
 */
export const DESCRIPTION_BYTES = 5_000;
/** Characters of one ICE candidate; a relay candidate takes about 120. */
export const CANDIDATE_CHARACTERS = 256;
export const CANDIDATES_PER_SIGNAL = 8;
/** Legs of one call: each handover takes one. */
export const LEGS = 9;

/** 16 bytes in base64url. */
const random = z.string().check(z.regex(/^[A-Za-z0-9_-]{21}[AQgw]$/));
/** 32 bytes in base64url. */
const digest = z.string().check(z.regex(/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/));
const leg = whole(1, LEGS);
/** Only printable ASCII and line breaks; what may stand in the lines is for the part that reads them. */
const sdp = z.string().check(
  z.minLength(1),
  z.maxLength(DESCRIPTION_CHARACTERS),
  z.regex(/^[\x20-\x7e\r\n]+$/),
  z.refine((value) => utf8(JSON.stringify(value)).length <= DESCRIPTION_BYTES),
);
const candidate = z.strictObject({
  candidate: z.string().check(z.maxLength(CANDIDATE_CHARACTERS), z.regex(/^candidate:[\x20-\x7e]+$/)),
  mid: z.enum(['0', '1']),
});
export type Candidate = z.output<typeof candidate>;
const generation = whole(0, 99);

export const HANGUP_REASONS = [
  'ended',
  'cancelled',
  'declined',
  'busy',
  'elsewhere',
  'glare',
  'timeout',
  'failed',
  'moved',
] as const;

const head = { version: z.literal(1), id: messageId, from: accountId, to: accountId };
const media = z.enum(['audio', 'video']);
export type CallMedia = z.output<typeof media>;

const signal = <Type extends string, Fields extends z.core.$ZodShape>(type: Type, fields: Fields) =>
  z.strictObject({
    ...head,
    type: z.literal(type),
    call: random,
    leg,
    fromDevice: deviceId,
    toDevice: deviceId,
    ...fields,
  });

const offer = signal('call-offer', {
  entry: messageId,
  media,
  direct: z.boolean(),
  commitment: digest,
  timer,
  sdp,
});
const ringing = signal('call-ringing', {});
const answer = signal('call-answer', { camera: z.boolean(), direct: z.boolean(), random, sdp });
const confirm = signal('call-confirm', { device: deviceId, random: z.nullable(random) });
const candidates = signal('call-candidates', {
  generation,
  candidates: z.array(candidate).check(z.minLength(1), z.maxLength(CANDIDATES_PER_SIGNAL)),
});
const restart = signal('call-restart', {
  generation,
  kind: z.enum(['wanted', 'offer', 'answer']),
  sdp: z.nullable(sdp),
});
const state = signal('call-state', {
  revision: whole(1, 0x7fff_ffff),
  microphone: z.boolean(),
  camera: z.boolean(),
  video: z.enum(['off', 'asked', 'agreed', 'refused']),
});
const decline = signal('call-decline', {});
const busy = signal('call-busy', {});
const hangup = signal('call-hangup', { reason: z.enum(HANGUP_REASONS) });
const transfer = signal('call-transfer', { device: deviceId });

/** From devices of the other person. */
export const callSignals = [
  offer,
  ringing,
  answer,
  confirm,
  candidates,
  restart,
  state,
  decline,
  busy,
  hangup,
  transfer,
] as const;
const callSignal = z.discriminatedUnion('type', callSignals);
export type CallSignal = z.output<typeof callSignal>;
export type CallSignalOf<Type extends CallSignal['type']> = Extract<CallSignal, { type: Type }>;

/** What is filled in for whoever says something about a call: the head, and both devices. */
type Named = 'version' | 'id' | 'from' | 'to' | 'fromDevice' | 'toDevice';
type FieldsOf<Signal> = Signal extends CallSignal ? Omit<Signal, Named> : never;
export type SignalFields = FieldsOf<CallSignal>;

/** What became of a call, as its entry says. */
export const CALL_OUTCOMES = [
  'ongoing',
  'answered',
  'missed',
  'declined',
  'busy',
  'failed',
  'cancelled',
  'elsewhere',
] as const;
export type CallOutcome = (typeof CALL_OUTCOMES)[number];

/** From a caller whom nobody answered, to devices that may have been away. The id of the letter is that of the entry. */
export const callNote = z.strictObject({ ...head, type: z.literal('call'), call: random, media, timer });

/** From an own device: its leg of a call is to go on here. */
export const callHandover = z.strictObject({
  ...head,
  type: z.literal('call-handover'),
  call: random,
  leg,
  fromDevice: deviceId,
  toDevice: deviceId,
  peer: accountId,
  peerDevice: deviceId,
  entry: messageId,
  /** The account that began the call. */
  caller: accountId,
  media,
  timer,
});
export type CallHandover = z.output<typeof callHandover>;
export type HandoverFields = Omit<CallHandover, Named | 'type'>;

/** From an own device that took part in a call: what became of it, and when the entry goes. */
export const callEntry = z.strictObject({
  ...head,
  type: z.literal('call-entry'),
  conversation: accountId,
  caller: accountId,
  entry: messageId,
  media,
  outcome: z.enum(CALL_OUTCOMES),
  seconds: whole(0, 0x7fff_ffff),
  timer,
  deadline: z.nullable(time),
});
export type CallEntry = z.output<typeof callEntry>;
