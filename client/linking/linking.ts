// Linking, on the key holder. The person is told which device is about to get what before anything happens: whoever is talked into reading a
// stranger's code sees here what it would do.

import { ProtocolError } from '../../shared/protocol/errors.ts';
import type { Device } from '../../shared/trust/device-list.ts';
import type { PinnedAccount } from '../../shared/trust/pinned-account.ts';
import { preKeySignatureHolds } from '../../shared/trust/prekey-signature.ts';
import { IdentityError } from '../identity/identity-error.ts';
import type { KeyHolder } from '../identity/key-holder.ts';
import type { ListPublisher } from '../identity/list-publisher.ts';
import { nextPlace, withDevice } from '../identity/next-list.ts';
import type { OwnAccount } from '../identity/own-account.ts';
import type { Platform } from '../transport/platform.ts';
import { LinkChannel } from './link-channel.ts';
import { readLinkCode, roomOf } from './link-code.ts';
import { LinkError } from './link-error.ts';
import { decodeLinkMessage, encodeLinkMessage, type LinkMessage } from './link-messages.ts';
import { LinkRoom, type LinkServer } from './link-room.ts';
import { agree, commitTo, newEphemeral } from './link-secrets.ts';

export interface LinkingOptions {
  /** This device's own connection. */
  readonly server: LinkServer;
  readonly platform: Pick<Platform, 'after'>;
  readonly own: Pick<OwnAccount, 'account' | 'commitment' | 'token'>;
  readonly keyHolder: KeyHolder;
  readonly publisher: ListPublisher;
  /** What was scanned or typed. */
  readonly code: string;
  /** The device with this id is in the list now. */
  readonly onLinked: (device: number) => void;
}

/** What the person is asked: does that device show this code, and shall it read and write everything as you from now on? */
export interface LinkRequest {
  readonly shortCode: string;
  /** What the device calls itself: its own word. */
  readonly name: string;
}

/** A place in the list was taken by another device while this one was consenting. */
class PlaceTaken extends Error {}

/** Whether the device will not be in the list: the other side may forget everything. */
function isCertain(error: unknown): boolean {
  return error instanceof LinkError || (error instanceof IdentityError && error.code !== 'unpublished');
}

/** Of several links at once each one may have to consent again. */
const ATTEMPTS = 8;

export class Linking {
  /** To be shown, with what it means, before {@link confirm}. */
  readonly request: LinkRequest;
  readonly #options: LinkingOptions;
  readonly #room: LinkRoom;
  readonly #channel: LinkChannel;
  readonly #keys: LinkMessage<'request'>;
  #decided = false;

  private constructor(
    options: LinkingOptions,
    room: LinkRoom,
    channel: LinkChannel,
    keys: LinkMessage<'request'>,
    shortCode: string,
  ) {
    this.#options = options;
    this.#room = room;
    this.#channel = channel;
    this.#keys = keys;
    this.request = { shortCode, name: keys.name };
  }

  /** Meets the device behind a code. Nothing is told to it but a fresh key. @throws LinkError; IdentityError `not-key-holder`; ProtocolError, TransportError */
  static async start(options: LinkingOptions): Promise<Linking> {
    const newDeviceKey = readLinkCode(options.code);
    if (!newDeviceKey) throw new LinkError('bad-code');
    if (!(await options.keyHolder.holds())) throw new IdentityError('not-key-holder');
    const { room, peer } = await LinkRoom.enter(options.server, roomOf(newDeviceKey), options.platform.after);
    try {
      if (!peer) throw new LinkError('nobody-there');
      const { secret, publicKey: holderKey } = newEphemeral();
      await room.send(encodeLinkMessage({ kind: 'commit', commitment: commitTo(holderKey, newDeviceKey) }));
      const { nonce } = decodeLinkMessage(await room.next(), ['nonce']);
      await room.send(encodeLinkMessage({ kind: 'key', key: holderKey }));
      const { toHolder, toNewDevice, shortCode } = agree(secret, newDeviceKey, { newDeviceKey, holderKey, nonce });
      const channel = new LinkChannel(room, toNewDevice, toHolder);
      return new Linking(options, room, channel, await channel.next('request'), shortCode);
    } catch (error) {
      room.leave();
      throw error;
    }
  }

  /**
   * The person has compared the codes and says yes. Resolves when the list with the device is published.
   *
   * @throws LinkError `refused`, `expired`, `tampered`, `bad-device`: then no list was signed. IdentityError, see {@link KeyHolder}
   */
  async confirm(): Promise<PinnedAccount> {
    this.#decide();
    try {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const published = await this.#offer();
        if (!published) continue;
        const { devices, sequence } = published.content;
        for (const { id, added } of devices) if (added === sequence) this.#options.onLinked(id);
        await this.#channel.send({ kind: 'done', sequence }).catch(() => {});
        return published;
      }
      throw new IdentityError('overtaken');
    } catch (error) {
      if (isCertain(error)) await this.#channel.send({ kind: 'refuse' }).catch(() => {});
      throw error;
    } finally {
      this.#room.leave();
    }
  }

  /** The person says no. */
  async refuse(): Promise<void> {
    this.#decide();
    await this.#channel.send({ kind: 'refuse' }).catch(() => {});
    this.#room.leave();
  }

  /** Undefined when another list came first: the device has to consent to its new place. */
  async #offer(): Promise<PinnedAccount | undefined> {
    const { publisher, keyHolder, own } = this.#options;
    const { account, commitment, token } = own;
    const place = nextPlace(await publisher.settle());
    await this.#channel.send({ kind: 'offer', account, commitment, token, ...place });
    const { consents, prekeys } = await this.#channel.next('consent');
    const { identityKey, connectKey, registration } = this.#keys;
    const device: Device = { ...place, identityKey, connectKey, registration, newConversations: true, consents };
    const keysHold = [prekeys.signed, prekeys.lastResort].every(({ key, signature }) =>
      preKeySignatureHolds(identityKey, key, signature),
    );
    if (!keysHold || prekeys.device !== place.id) throw new LinkError('bad-device');
    await this.#reserve(device);
    try {
      return await keyHolder.publish((current, secret, now) => {
        const { id, added } = nextPlace(current);
        if (id !== place.id || added !== place.added) throw new PlaceTaken();
        return { draft: withDevice(current, device, secret, now), prekeys: [prekeys] };
      });
    } catch (error) {
      if (error instanceof PlaceTaken) return undefined;
      throw error instanceof IdentityError && error.code === 'invalid-draft' ? new LinkError('bad-device') : error;
    }
  }

  /**
   * A list that is signed has to be published before any other. With keys that the server must refuse, because another account has them,
   * nothing would be published ever again: so they become this account's first.
   */
  async #reserve({ id, identityKey, connectKey, added, consents }: Device): Promise<void> {
    try {
      const device = { id, identityKey, connectKey, added, consents };
      await this.#options.server.request('account.reserve', { device });
    } catch (error) {
      const isTheDevices =
        error instanceof ProtocolError && (error.code === 'key-taken' || error.code === 'invalid-list');
      throw isTheDevices ? new LinkError('bad-device') : error;
    }
  }

  #decide(): void {
    if (this.#decided) throw new RangeError('the person has decided already');
    this.#decided = true;
  }
}
