// SPDX-License-Identifier: AGPL-3.0-only
import { randomBytes } from 'node:crypto';
import type { Phone } from './phone.ts';
import { SigningKey, sha256 } from './signing.ts';
import { type Frame, text } from './wire.ts';

/** A person: holds the account key, and with it writes the device lists of docs/IDENTITY.md. */
export class Owner {
  readonly account: string;
  /** The contact token that others need to learn the account's devices. */
  readonly token = randomBytes(16);
  readonly #accountKey = new SigningKey();
  readonly #recoveryHash = sha256(new SigningKey().publicKey);
  readonly #salt = randomBytes(32);
  readonly #commitment: Buffer;
  readonly #devices = new Map<number, Frame>();
  #sequence = 0;
  #hash: Buffer | null = null;

  constructor() {
    this.#commitment = sha256(
      Buffer.from('sotto/account/v1\0'),
      this.#accountKey.publicKey,
      this.#recoveryHash,
      this.#salt,
    );
    const id = Buffer.from(this.#commitment.subarray(0, 16));
    id[6] = ((id[6] ?? 0) & 0x0f) | 0x80;
    id[8] = ((id[8] ?? 0) & 0x3f) | 0x80;
    this.account = id.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  }

  /** The next list, with one device more. */
  adding(phone: Pick<Phone, 'device' | 'listEntry'>): Frame {
    this.#devices.set(phone.device, phone.listEntry(this.#sequence + 1));
    return this.#next();
  }

  /** All 32 bytes that the account id is made of. */
  get commitment(): Uint8Array {
    return new Uint8Array(this.#commitment);
  }

  /** The next list, with one device less. */
  removing(device: number): Frame {
    this.#devices.delete(device);
    return this.#next();
  }

  #next(): Frame {
    const first = this.#sequence === 0;
    const content = {
      version: 1,
      account: this.account,
      generation: 1,
      sequence: ++this.#sequence,
      previous: this.#hash && text(this.#hash),
      accountKey: text(this.#accountKey.publicKey),
      recoveryHash: text(this.#recoveryHash),
      ...(first ? { salt: text(this.#salt) } : {}),
      time: Date.now(),
      devices: [...this.#devices.values()].sort((one, other) => one.id - other.id),
    };
    const payload = Buffer.from(JSON.stringify(content));
    const signed = Buffer.concat([Buffer.from('sotto/device-list/v1\0'), payload]);
    this.#hash = sha256(signed);
    const signature = this.#accountKey.sign(signed);
    return {
      payload: text(payload),
      signatures: [{ alg: 'Ed25519', by: text(this.#accountKey.publicKey), signature: text(signature) }],
    };
  }
}
