// A device that nobody invited. The adversary holds its keys: real ones, so that whatever is encrypted to it by mistake, it can read.

import { encodeBody } from '../../client/device/message-body.ts';
import { type DeviceKeys, deviceEntry, newDeviceKeys, preKeysOf } from '../../client/identity/device-keys.ts';
import {
  MemoryStore,
  type ProtocolAddress,
  type PreKeyBundle as SessionBundle,
  SignalProtocol,
} from '../../client/signal-protocol/index.ts';
import type { SignedDeviceList } from '../../shared/protocol/account.ts';
import type { PreKeyBundle } from '../../shared/protocol/prekeys.ts';
import { type DeviceList, decodeDeviceList, encodeDeviceList } from '../../shared/trust/device-list.ts';
import { ed25519PublicKey } from '../../shared/trust/ed25519.ts';
import { frankingCommitment } from '../../shared/trust/franking.ts';
import { deviceListHash, signDeviceList } from '../../shared/trust/signed-device-list.ts';
import type { Random } from './random.ts';

export interface GhostMessage {
  readonly ciphertext: Uint8Array;
  readonly commitment: Uint8Array;
}

export class Ghost {
  readonly #keys: DeviceKeys;
  readonly #accountSecret = crypto.getRandomValues(new Uint8Array(32));

  private constructor(keys: DeviceKeys) {
    this.#keys = keys;
  }

  static async make(): Promise<Ghost> {
    return new Ghost(await newDeviceKeys(Date.now()));
  }

  get identityKey(): Uint8Array {
    return this.#keys.identityKey;
  }

  /** A list with the ghost in it, in one of the ways in which somebody without the account key could try. */
  listLike(list: SignedDeviceList, random: Random): SignedDeviceList {
    const content = decodeDeviceList(list.payload);
    return content ? this.#forge(list, content, random) : list;
  }

  /** As {@link listLike}, in the place after the list. */
  listAfter(list: SignedDeviceList, random: Random): SignedDeviceList {
    const content = decodeDeviceList(list.payload);
    if (!content) return list;
    const { salt: _, ...rest } = content;
    return this.#forge(list, { ...rest, sequence: content.sequence + 1, previous: deviceListHash(list) }, random);
  }

  #forge(list: SignedDeviceList, content: DeviceList, random: Random): SignedDeviceList {
    const forged = random.pick([
      this.#added(content),
      this.#swapped(content),
      this.#usurped(content),
      this.#uninvited(content),
    ]);
    const { signatures } = list;
    return random.pick([
      // The old signatures over other bytes; the ghost's own; the ghost's, in the name of the account key.
      { payload: encodeDeviceList(forged), signatures },
      signDeviceList(forged, [this.#accountSecret]),
      {
        ...signDeviceList(forged, [this.#accountSecret]),
        signatures: signDeviceList(forged, [this.#accountSecret]).signatures.map((one) => ({
          ...one,
          by: content.accountKey,
        })),
      },
    ]);
  }

  /** The ghost's keys in place of a device's. */
  bundleLike(bundle: PreKeyBundle): PreKeyBundle {
    const { signed, lastResort } = preKeysOf(this.#keys, bundle.device);
    return { device: bundle.device, registration: bundle.registration, signed, kem: lastResort, lastResort: true };
  }

  /** Whether a message that a client sent can be read by the ghost. */
  async reads(from: ProtocolAddress, to: ProtocolAddress, ciphertext: Uint8Array): Promise<boolean> {
    try {
      await this.#engine(to).decrypt(from, { type: 'prekey', bytes: ciphertext });
      return true;
    } catch {
      return false;
    }
  }

  /** A message that looks as if a device had sent it. */
  async messageAs(from: ProtocolAddress, to: ProtocolAddress, bundle: SessionBundle): Promise<GhostMessage> {
    const engine = this.#engine(from, { address: to, bundle });
    await engine.startSession(to, bundle);
    const content = new TextEncoder().encode('a message by a ghost');
    const frankingKey = crypto.getRandomValues(new Uint8Array(32));
    const view = { sequence: 1, hash: new Uint8Array(32) };
    const body = encodeBody({ content, frankingKey, views: { version: 1, from: view, to: view } });
    const { bytes } = await engine.encrypt(to, body);
    return { ciphertext: bytes, commitment: frankingCommitment(frankingKey, content) };
  }

  #engine(
    localAddress: ProtocolAddress,
    peer?: { readonly address: ProtocolAddress; readonly bundle: SessionBundle },
  ): SignalProtocol {
    const { identityKey, identityPrivateKey, registration, signed, lastResort } = this.#keys;
    const store = new Trusting({
      keyPair: { publicKey: identityKey, privateKey: identityPrivateKey },
      registrationId: registration,
    });
    store.signedPreKeys.set(signed.id, signed);
    store.kyberPreKeys.set(lastResort.id, lastResort);
    if (peer) store.trust(peer.address, peer.bundle);
    return new SignalProtocol({ store, localAddress });
  }

  #added(content: DeviceList): DeviceList {
    const taken = new Set(content.devices.map(({ id }) => id));
    const id = [1, 2, 3, 4, 5, 6, 7, 8, 9].find((one) => !taken.has(one)) ?? 9;
    const device = deviceEntry(content.account, this.#keys, id, content.sequence);
    return { ...content, devices: [...content.devices.slice(-7), device].toSorted((a, b) => a.id - b.id) };
  }

  /** In the list, but by no word of its own that fits. */
  #uninvited(content: DeviceList): DeviceList {
    const { devices, ...rest } = this.#added(content);
    const [first] = content.devices;
    return { ...rest, devices: devices.map((device) => ({ ...device, consents: first?.consents ?? device.consents })) };
  }

  #swapped(content: DeviceList): DeviceList {
    return {
      ...content,
      devices: content.devices.map((device, i) => (i === 0 ? { ...device, identityKey: this.identityKey } : device)),
    };
  }

  #usurped(content: DeviceList): DeviceList {
    const added = this.#added(content);
    return { ...added, generation: added.generation + 1, accountKey: ed25519PublicKey(this.#accountSecret) };
  }
}

/** The ghost talks to anybody. */
class Trusting extends MemoryStore {
  override async isTrustedIdentity(): Promise<boolean> {
    return true;
  }
}
