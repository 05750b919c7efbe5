// One message to one account: encrypted for each device of the accepted list that takes part, and for nothing else.

import type { ReplyOf, RequestOf } from '../../shared/protocol/actions.ts';
import { FRAME_BYTES } from '../../shared/protocol/limits.ts';
import type { Stamp } from '../../shared/protocol/message.ts';
import type { Device } from '../../shared/trust/device-list.ts';
import { frankingCommitment } from '../../shared/trust/franking.ts';
import type { KnownAccount } from '../identity/known-account.ts';
import type { Requests } from '../identity/list-fetcher.ts';
import { requireOwn } from '../identity/own-account.ts';
import { standingOf } from '../identity/standing.ts';
import { ProtocolError } from '../signal-protocol/index.ts';
import { encodeBody } from './message-body.ts';
import { newMessageId } from './message-id.ts';
import { type Extras, viewsFor } from './own-views.ts';
import type { DeviceParts } from './parts.ts';
import { SendError } from './send-error.ts';
import { openSessions, type SessionFailure } from './sessions.ts';
import { undisturbed } from './undisturbed.ts';

export interface Outgoing extends Extras {
  readonly to: string;
  /** Franked bytes of the layer above; empty for a message that is only about devices. */
  readonly content: Uint8Array;
  /** Absent: for all of the account's devices. */
  readonly conversation?: string;
  /** Ids, in place of the devices that take part: for what is only about devices. */
  readonly devices?: readonly number[];
  /** Seconds; 0 for what is of use only now. */
  readonly ttl: number;
  readonly urgent?: boolean;
  /** Default: a new one. */
  readonly message?: string;
  /** 32 bytes, default new ones. Who sends a message again has to give the same: the server refuses another commitment for the same id. */
  readonly frankingKey?: Uint8Array;
  /** Begin a session anew with each device: the one there is does not work. */
  readonly newSessions?: boolean;
  /** For what is of use for moments: each request is made once, on the connection there is, and none after this. Default: they wait, and are repeated. */
  readonly until?: AbortSignal;
}

export interface Sent {
  readonly message: string;
  /** Opens the commitment; 32 bytes. */
  readonly frankingKey: Uint8Array;
  /** For each device that takes part: the server's word, or why nothing was encrypted for it. */
  readonly devices: ReadonlyMap<number, DeviceStatus>;
  readonly stamp: Stamp | undefined;
}

type DeviceStatus = ReplyOf<'message.send'>['devices'][number]['status'] | SessionFailure;
type Frame = Omit<RequestOf<'message.send'>, 'action' | 'id'>;
type Copy = Frame['devices'][number];

/** For everything in a frame but the ciphertexts, and for the fields of one copy. */
const FRAME_FIELDS = 700;
const COPY_FIELDS = 100;
/** A list that moves on while a message is on its way is caught up with; one that always does is somebody's game. */
const ATTEMPTS = 3;

/**
 * Sends one message, also to devices that the server reports to have come meanwhile, once their list is accepted.
 *
 * @throws SendError; ProtocolError and TransportError of the server: then it is not known who has got it. The same `message` and content may be sent again
 */
export async function send(outgoing: Outgoing, parts: DeviceParts): Promise<Sent> {
  const message = outgoing.message ?? newMessageId(parts.serverNow());
  const frankingKey = outgoing.frankingKey ?? crypto.getRandomValues(new Uint8Array(32));
  const commitment = frankingCommitment(frankingKey, outgoing.content);
  const statuses = new Map<number, DeviceStatus>();
  const reached = new Set<string>();
  const server = serverFor(outgoing, parts);
  let stamp: Stamp | undefined;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const known = await requireStanding(outgoing.to, parts);
    const recipients = await recipientsOf(outgoing, parts);
    const missing = recipients.filter((device) => !reached.has(nameOf(device)));
    if (missing.length === 0) break;
    const views = await viewsFor(known, missing, outgoing.conversation, outgoing, parts);
    const body = encodeBody({ content: outgoing.content, frankingKey, views });
    if (outgoing.newSessions) await endSessions(known, missing, parts);
    const failures = await openSessions(known, missing, { engine: parts.engine, server });
    for (const [device, failure] of failures) statuses.set(device, failure);
    const able = missing.filter(({ id }) => !failures.has(id));
    if (able.length === 0 && reached.size === 0) throw new SendError('no-keys');
    const copies = await encryptFor(known, able, body, parts);
    for (const device of able) reached.add(nameOf(device));
    for (const devices of framesOf(copies)) {
      const reply = await server.request('message.send', {
        ...{ message, to: outgoing.to, list: known.pinned.content.sequence, commitment, devices },
        ...{ ttl: outgoing.ttl, urgent: outgoing.urgent ?? false, ...(known.token && { token: known.token }) },
      });
      for (const { device, status } of reply.devices) statuses.set(device, status);
      stamp ??= reply.devices.find((device) => device.stamp)?.stamp;
      await catchUp(outgoing.to, known.pinned.content.sequence, reply, parts);
    }
    if ((await parts.book.get(outgoing.to))?.pinned.content.sequence === known.pinned.content.sequence) break;
  }
  return { message, frankingKey, devices: statuses, stamp };
}

function serverFor({ until: signal }: Outgoing, { server }: DeviceParts): Requests {
  if (!signal) return server;
  return { request: (name, fields) => server.request(name, fields, { signal, wait: false }) };
}

async function endSessions(
  { pinned }: KnownAccount,
  devices: readonly Device[],
  { engine }: DeviceParts,
): Promise<void> {
  for (const { id } of devices)
    await undisturbed(() => engine.archiveSession({ serviceId: pinned.content.account, deviceId: id }));
}

async function requireStanding(account: string, { book, now }: DeviceParts): Promise<KnownAccount> {
  const known = await book.get(account);
  if (!known) throw new SendError('unknown-contact');
  const { blocks } = standingOf(known, now());
  if (blocks.length > 0) throw new SendError('blocked', blocks);
  return known;
}

/** @throws SendError `nobody-selected`, `not-selected` */
async function recipientsOf(outgoing: Outgoing, parts: DeviceParts): Promise<Device[]> {
  const { account, device: self } = await requireOwn(parts.store);
  const { to } = outgoing;
  const chosen = await chosenDevices(outgoing, account, self, parts);
  if (chosen.length === 0) throw new SendError('nobody-selected');
  return chosen.filter(({ id }) => to !== account || id !== self);
}

async function chosenDevices(
  { to, conversation, devices }: Outgoing,
  account: string,
  self: number,
  { book, selections }: DeviceParts,
): Promise<readonly Device[]> {
  const listed = (await book.get(to))?.pinned.content.devices ?? [];
  if (devices) return listed.filter(({ id }) => devices.includes(id));
  if (conversation === undefined) return listed;
  await selections.begin(conversation, account);
  const own = await selections.devices(conversation, account);
  if (!own.some(({ id }) => id === self)) throw new SendError('not-selected');
  return selections.devices(conversation, to);
}

async function encryptFor(
  { pinned }: KnownAccount,
  devices: readonly Device[],
  body: Uint8Array,
  { engine }: DeviceParts,
): Promise<Copy[]> {
  const copies: Copy[] = [];
  for (const { id, registration } of devices) {
    const address = { serviceId: pinned.content.account, deviceId: id };
    const encrypted = await undisturbed(() => engine.encrypt(address, body)).catch(refused);
    copies.push({ device: id, registration, type: encrypted.type === 'prekey' ? 3 : 2, ciphertext: encrypted.bytes });
  }
  return copies;
}

/** The account lost its standing between the check and the encryption. */
function refused(error: unknown): never {
  if (error instanceof ProtocolError && error.code === 'UNTRUSTED_IDENTITY') throw new SendError('blocked');
  throw error;
}

/** As few frames as hold all copies. */
function framesOf(copies: readonly Copy[]): Copy[][] {
  const frames: Copy[][] = [];
  let room = 0;
  for (const copy of copies) {
    const size = Math.ceil((copy.ciphertext.length * 4) / 3) + COPY_FIELDS;
    if (frames.length === 0 || size > room) {
      frames.push([]);
      room = FRAME_BYTES - FRAME_FIELDS;
    }
    frames.at(-1)?.push(copy);
    room -= size;
  }
  return frames;
}

async function catchUp(
  account: string,
  used: number,
  { lists, sequence, devices }: ReplyOf<'message.send'>,
  { book, fetcher }: DeviceParts,
): Promise<void> {
  if (lists) await book.offer({ account }, used, lists);
  const held = (await book.get(account))?.pinned.content.sequence ?? 0;
  const isBehind =
    held < sequence || (held === used && devices.some(({ status }) => status === 'stale' || status === 'unknown'));
  if (isBehind) await fetcher.refresh({ account });
}

const nameOf = ({ id, added }: Device): string => `${id}.${added}`;
