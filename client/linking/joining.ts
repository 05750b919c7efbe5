// Linking, on the new device. Each step that changes anything waits for the person in front of it.

import { accountIdOf } from '../../shared/trust/account-id.ts';
import { ed25519PublicKey } from '../../shared/trust/ed25519.ts';
import { type DeviceKeys, deviceEntry, newDeviceKeys, preKeysOf } from '../identity/device-keys.ts';
import { newOwnAccount, putOwn, readOwn } from '../identity/own-account.ts';
import { putKyberPreKey, putSignedPreKey } from '../identity/prekey-records.ts';
import type { RecordStore } from '../storage/record-store.ts';
import type { Platform } from '../transport/platform.ts';
import { LinkChannel } from './link-channel.ts';
import { roomOf, writeLinkCode } from './link-code.ts';
import { LinkError } from './link-error.ts';
import { decodeLinkMessage, encodeLinkMessage, type LinkMessage } from './link-messages.ts';
import { LinkRoom, type LinkServer } from './link-room.ts';
import { agree, type Ephemeral, newEphemeral, opens } from './link-secrets.ts';

export interface JoiningOptions {
  /** A guest's connection. */
  readonly server: LinkServer;
  readonly platform: Pick<Platform, 'now' | 'after' | 'crypto'>;
  /** What the key holder's screen will call this device; 1 to 64 characters. */
  readonly name: string;
}

/** What the person on the new device is asked: is this your account, and does your other device show this code? */
export interface Proposal {
  readonly shortCode: string;
  readonly account: string;
}

type Offer = LinkMessage<'offer'>;

/**
 * In this order: show {@link code}; {@link shortCode} when the other device has come; {@link proposal} when its person has said yes;
 * {@link confirm} when this device's person has. Until then nothing is stored, and giving up leaves nothing behind.
 */
export class Joining {
  /** To be shown as a QR code and as text. Good for two minutes, once. */
  readonly code: string;
  readonly #keys: DeviceKeys;
  readonly #name: string;
  readonly #ephemeral: Ephemeral;
  readonly #room: LinkRoom;
  /** Begins by itself: the other device's person waits for it. */
  readonly #meeting: Promise<{ readonly channel: LinkChannel; readonly shortCode: string }>;
  #offer: Promise<Offer> | undefined;

  private constructor(keys: DeviceKeys, name: string, ephemeral: Ephemeral, room: LinkRoom) {
    this.#keys = keys;
    this.#name = name;
    this.#ephemeral = ephemeral;
    this.#room = room;
    this.code = writeLinkCode(ephemeral.publicKey);
    this.#meeting = this.#meet();
    this.#meeting.catch(() => {});
  }

  /** @throws LinkError `room-taken`; ProtocolError, TransportError */
  static async start({ server, platform, name }: JoiningOptions): Promise<Joining> {
    const keys = await newDeviceKeys(platform.now(), platform.crypto);
    const ephemeral = newEphemeral();
    const { room } = await LinkRoom.enter(server, roomOf(ephemeral.publicKey), platform.after);
    return new Joining(keys, name, ephemeral, room);
  }

  /** Resolves when the other device has come. @throws LinkError `expired`, `tampered` */
  async shortCode(): Promise<string> {
    return (await this.#meeting).shortCode;
  }

  /** Resolves when the person on the other device has said yes. @throws LinkError `expired`, `tampered`, `refused` */
  async proposal(): Promise<Proposal> {
    const { account } = await this.#offered();
    return { account, shortCode: await this.shortCode() };
  }

  /**
   * The person has compared the codes and says yes. Resolves when the device is in the list, with its account in the store.
   *
   * @throws LinkError `refused` when it could not be; `unknown-outcome` when it breaks off now: the store then holds a device that may or may not be in the list.
   * Connecting tells; {@link forgetJoin} takes it away
   */
  async confirm(store: RecordStore): Promise<void> {
    if (!this.#offer) throw new RangeError('nothing was proposed');
    if (await readOwn(store)) throw new RangeError('the store holds an account already');
    const { channel } = await this.#meeting;
    let offer: Offer = await this.#offered();
    try {
      for (;;) {
        await this.#consent(channel, offer, store);
        const answer = await channel.next('done', 'offer');
        if (answer.kind === 'done') return;
        // Another list came first. The person said yes to this account, and to no other.
        if (answer.account !== offer.account) throw new LinkError('tampered');
        offer = answer;
      }
    } catch (error) {
      if (!(error instanceof LinkError && error.code === 'refused')) throw new LinkError('unknown-outcome');
      await forgetJoin(store);
      throw error;
    } finally {
      this.#room.leave();
    }
  }

  /** The person says no, or gives up. */
  async refuse(): Promise<void> {
    await this.#meeting.then(({ channel }) => channel.send({ kind: 'refuse' })).catch(() => {});
    this.#room.leave();
  }

  async #meet() {
    const room = this.#room;
    const { publicKey, secret } = this.#ephemeral;
    const { commitment } = decodeLinkMessage(await room.next(), ['commit']);
    const nonce = crypto.getRandomValues(new Uint8Array(32));
    await room.send(encodeLinkMessage({ kind: 'nonce', nonce }));
    const { key: holderKey } = decodeLinkMessage(await room.next(), ['key']);
    if (!opens(commitment, holderKey, publicKey)) throw new LinkError('tampered');
    const { toHolder, toNewDevice, shortCode } = agree(secret, holderKey, {
      newDeviceKey: publicKey,
      holderKey,
      nonce,
    });
    const channel = new LinkChannel(room, toHolder, toNewDevice);
    const { identityKey, connectSecret, registration } = this.#keys;
    const connectKey = ed25519PublicKey(connectSecret);
    await channel.send({ kind: 'request', name: this.#name, identityKey, connectKey, registration });
    return { channel, shortCode };
  }

  #offered(): Promise<Offer> {
    this.#offer ??= this.#meeting.then(async ({ channel }) => requireSound(await channel.next('offer')));
    return this.#offer;
  }

  /** Stored first: whoever is in a list must have the keys. */
  async #consent(channel: LinkChannel, offer: Offer, store: RecordStore): Promise<void> {
    const { account, commitment, token, id, added } = offer;
    const keys = this.#keys;
    const own = newOwnAccount({ account, commitment, id, added, keys, accountSecret: null, token });
    await store.batch([putOwn(own), putSignedPreKey(keys.signed), putKyberPreKey(keys.lastResort)]);
    const { consents } = deviceEntry(account, keys, id, added);
    await channel.send({ kind: 'consent', consents, prekeys: preKeysOf(keys, id) });
  }
}

/** Takes back what a joining left in the store that broke off. Only for a device that never was in the list. */
export async function forgetJoin(store: RecordStore): Promise<void> {
  await store.batch([{ delete: 'own', key: { group: 'own' } }]);
}

function requireSound(offer: Offer): Offer {
  if (accountIdOf(offer.commitment) !== offer.account) throw new LinkError('tampered');
  return offer;
}
