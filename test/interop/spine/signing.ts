// SPDX-License-Identifier: AGPL-3.0-only
// The bytes of docs/IDENTITY.md, written a second time from the page alone: Node's own Ed25519, nothing of Sotto's.
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** `lp(x)`: u32 big-endian length, then the bytes. */
export function lp(value: string | Uint8Array): Buffer {
  const body = Buffer.from(value as Uint8Array);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}

/** u64 big-endian. */
export function u64(value: number): Buffer {
  const body = Buffer.alloc(8);
  body.writeBigUInt64BE(BigInt(value));
  return body;
}

export const sha256 = (...parts: Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();

/** A prefix, a zero byte, then every field length-prefixed. */
export const statement = (type: string, ...fields: (string | Uint8Array)[]): Buffer =>
  Buffer.concat([Buffer.from(`${type}\0`), ...fields.map(lp)]);

/** An Ed25519 key pair whose public key is known as its 32 bytes. */
export class SigningKey {
  readonly publicKey: Buffer;
  readonly #secret: KeyObject;
  constructor() {
    const pair = generateKeyPairSync('ed25519');
    this.publicKey = Buffer.from(pair.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
    this.#secret = pair.privateKey;
  }
  sign(message: Uint8Array): Buffer {
    return sign(null, message, this.#secret);
  }
}

/** A ticket for a connection that belongs to no device, with a key made for it. */
export function guestTicket(endpoint: string): string {
  const key = new SigningKey();
  return signedTicket(endpoint, ['g', key.publicKey.toString('base64url'), String(Date.now())], key);
}

/** The fields of a ticket joined by dots, the signature last. */
export function signedTicket(endpoint: string, fields: string[], key: SigningKey): string {
  return [...fields, key.sign(statement('sotto/connect/v1', endpoint, ...fields)).toString('base64url')].join('.');
}
