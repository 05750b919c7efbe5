// What the adversary can do with keys of its own: put the ghost into lists and bundles, speak as somebody, and try to read what it is sent.

import * as z from 'zod/mini';
import { newMessageId } from '../../client/device/message-id.ts';
import { devicePreKeys, type SignedDeviceList, signedDeviceList } from '../../shared/protocol/account.ts';
import { base64UrlEncode } from '../../shared/protocol/base64url.ts';
import { messageSend } from '../../shared/protocol/message.ts';
import { type PreKeyBundle, preKeyBundle } from '../../shared/protocol/prekeys.ts';
import { type Device, decodeDeviceList } from '../../shared/trust/device-list.ts';
import { parseTicket } from '../../shared/trust/ticket.ts';
import type { Ghost } from './ghost.ts';
import type { Frame, Line } from './man-in-the-middle.ts';
import type { Random } from './random.ts';
import type { Json } from './schema-fields.ts';
import type { FrameName } from './server-frames.ts';
import type { Truth } from './truth.ts';

/** A device as its account published it. */
interface Published {
  readonly account: string;
  readonly device: Device;
  readonly prekeys: z.output<typeof devicePreKeys>;
}

const PREKEY_MESSAGE = 3;
const WEEK_MS = 604_800_000;

export class Sorcerer {
  /** Messages that the ghost could read: each is a breach. */
  readonly breaches: string[] = [];
  readonly #ghost: Ghost;
  readonly #truth: Truth;
  readonly #random: Random;
  readonly #published: Published[] = [];
  /** The last one of each account. */
  readonly #lists = new Map<string, SignedDeviceList>();
  readonly #attempts = new Set<Promise<void>>();

  constructor(ghost: Ghost, truth: Truth, random: Random) {
    this.#ghost = ghost;
    this.#truth = truth;
    this.#random = random;
  }

  /** The account whose device is on the line. */
  ownerOf(line: Line): string | undefined {
    return deviceOn(line)?.serviceId;
  }

  overhear(frame: Frame, line: Line): void {
    const { action } = frame;
    if (action === 'account.create' || action === 'account.publish') this.#learn(frame);
    if (action === 'message.send') this.#tryToRead(frame, line);
  }

  /** Resolves when everything that was overheard has been tried. */
  async settled(): Promise<void> {
    await Promise.all(this.#attempts);
  }

  /** The frame with the ghost in it; undefined when it has nothing a ghost could be in. */
  haunt(frame: Frame, name: FrameName): Frame | undefined {
    const { lists, bundles } = frame;
    if (Array.isArray(lists) && lists.length > 0) return { ...frame, lists: this.#hauntLists(lists) };
    if (name === 'reply account.lists') return this.#hauntNothing(frame);
    if (name === 'reply prekeys.fetch' && Array.isArray(bundles)) {
      return { ...frame, bundles: bundles.map((bundle) => this.#hauntBundle(bundle)) };
    }
    return undefined;
  }

  /** A message to the device on the line, in the name of a device that it may know. */
  async speakAsSomebody(line: Line): Promise<Frame | undefined> {
    const to = deviceOn(line);
    const target = this.#published.find(
      ({ account, device }) => account === to?.serviceId && device.id === to.deviceId,
    );
    if (!to || !target) return undefined;
    const { account: sender, device } = this.#random.pick(this.#published);
    const { signed, lastResort } = target.prekeys;
    const publicPart = ({ id, key, signature }: typeof signed) => ({ id, publicKey: key, signature });
    const { ciphertext, commitment } = await this.#ghost.messageAs({ serviceId: sender, deviceId: device.id }, to, {
      registrationId: target.device.registration,
      identityKey: target.device.identityKey,
      signedPreKey: publicPart(signed),
      kyberPreKey: publicPart(lastResort),
      preKey: undefined,
    });
    const now = Date.now();
    const stamp = { week: Math.floor(now / WEEK_MS), time: now, tag: base64UrlEncode(this.#random.bytes(32)) };
    const text = { ciphertext: base64UrlEncode(ciphertext), commitment: base64UrlEncode(commitment) };
    const rest = { type: PREKEY_MESSAGE, urgent: false, expires: now + WEEK_MS, stored: false };
    return { event: 'message', message: newMessageId(now), sender, senderDevice: device.id, ...text, stamp, ...rest };
  }

  #learn(frame: Frame): void {
    const list = z.safeDecode(signedDeviceList, frame.list as never);
    const content = list.success ? decodeDeviceList(list.data.payload) : undefined;
    if (!list.success || !content) return;
    this.#truth.learn(list.data, content);
    this.#lists.set(content.account, list.data);
    const entries = Array.isArray(frame.prekeys) ? frame.prekeys : [frame.prekeys];
    for (const entry of entries) {
      const prekeys = z.safeDecode(devicePreKeys, entry as never);
      const device = prekeys.success && content.devices.find(({ id }) => id === prekeys.data.device);
      if (device && prekeys.success) this.#published.push({ account: content.account, device, prekeys: prekeys.data });
    }
  }

  #tryToRead(frame: Frame, line: Line): void {
    const request = z.safeDecode(messageSend.request, frame as never);
    const from = deviceOn(line);
    if (!request.success || !from) return;
    for (const { device, type, ciphertext } of request.data.devices) {
      if (type !== PREKEY_MESSAGE) continue;
      const to = { serviceId: request.data.to, deviceId: device };
      const attempt = this.#ghost.reads(from, to, ciphertext).then((isRead) => {
        if (isRead) this.breaches.push(`the ghost reads what ${from.deviceId} sends to ${device}`);
        this.#attempts.delete(attempt);
      });
      this.#attempts.add(attempt);
    }
  }

  #hauntLists(lists: readonly Json[]): Json[] {
    const at = this.#random.below(lists.length);
    return lists.map((list, i) => {
      const decoded = z.safeDecode(signedDeviceList, list as never);
      return i === at && decoded.success
        ? z.encode(signedDeviceList, this.#ghost.listLike(decoded.data, this.#random))
        : list;
    });
  }

  /** Where there is nothing new, a list that would follow: of the account that was asked for, or of another. */
  #hauntNothing(frame: Frame): Frame | undefined {
    if (this.#lists.size === 0) return undefined;
    const forged = this.#ghost.listAfter(this.#random.pick([...this.#lists.values()]), this.#random);
    const { sequence } = frame;
    return {
      ...frame,
      lists: [z.encode(signedDeviceList, forged)],
      sequence: typeof sequence === 'number' ? sequence + 1 : 1,
    };
  }

  #hauntBundle(bundle: Json): Json {
    const decoded = z.safeDecode(preKeyBundle, bundle as never);
    if (!decoded.success) return bundle;
    const haunted: PreKeyBundle = this.#ghost.bundleLike(decoded.data);
    const { ec, ...rest } = z.encode(preKeyBundle, haunted);
    return ec ? { ...rest, ec } : rest;
  }
}

/** Undefined for guests. */
function deviceOn({ protocols }: Line): { readonly serviceId: string; readonly deviceId: number } | undefined {
  const ticket = parseTicket(protocols[1] ?? '');
  return ticket?.kind === 'device' ? { serviceId: ticket.account, deviceId: ticket.device } : undefined;
}
