// The initial message (PQXDH section 3.3): what the responder needs to derive the same secret, around a ratchet message.
//
//   1 one-time prekey id   2 base key (EKa)   3 identity key (IKa)   4 ratchet message   5 registration id
//   6 signed prekey id   7 KEM prekey id   8 KEM ciphertext

import { ProtocolError } from '../errors.ts';
import { decodePublicKey, encodePublicKey } from '../primitives/curve.ts';
import { KEM_CIPHERTEXT_BYTES } from '../primitives/kyber1024.ts';
import { decodeFields, encodeFields, type Field, fieldsLength } from './protobuf.ts';
import { MESSAGE_VERSION, requireVersion } from './version.ts';

const FIELDS = [1, 2, 3, 4, 5, 6, 7, 8];

/** The prekeys an initial message was made with. Ids are 32-bit unsigned; the one-time prekey may be absent. */
export interface PreKeyIds {
  readonly preKeyId: number | undefined;
  readonly signedPreKeyId: number;
  readonly kyberPreKeyId: number;
}

export interface PreKeyMessage extends PreKeyIds {
  readonly registrationId: number;
  /** 32-byte u-coordinates */
  readonly baseKey: Uint8Array;
  readonly identityKey: Uint8Array;
  /** 08 || ciphertext */
  readonly kyberCiphertext: Uint8Array;
  /** The serialised ratchet message inside. */
  readonly message: Uint8Array;
}

export function encodePreKeyMessage(message: PreKeyMessage): Uint8Array {
  const fields: Field[] = [
    [1, message.preKeyId],
    [2, encodePublicKey(message.baseKey)],
    [3, encodePublicKey(message.identityKey)],
    [4, message.message],
    [5, message.registrationId],
    [6, message.signedPreKeyId],
    [7, message.kyberPreKeyId],
    [8, message.kyberCiphertext],
  ];
  const out = new Uint8Array(1 + fieldsLength(fields));
  out[0] = MESSAGE_VERSION;
  encodeFields(fields, out, 1);
  return out;
}

/** @throws ProtocolError INVALID_MESSAGE, INVALID_KEY, LEGACY_VERSION or UNKNOWN_VERSION */
export function decodePreKeyMessage(bytes: Uint8Array): PreKeyMessage {
  requireVersion(bytes);
  const fields = decodeFields(bytes.subarray(1), FIELDS);
  const kyberCiphertext = required(fields.bytes(8));
  if (kyberCiphertext.length !== KEM_CIPHERTEXT_BYTES) {
    throw new ProtocolError('INVALID_MESSAGE', 'a KEM ciphertext of another size');
  }
  return {
    preKeyId: fields.uint32(1),
    baseKey: decodePublicKey(required(fields.bytes(2))),
    identityKey: decodePublicKey(required(fields.bytes(3))),
    message: required(fields.bytes(4)),
    registrationId: required(fields.uint32(5)),
    signedPreKeyId: required(fields.uint32(6)),
    kyberPreKeyId: required(fields.uint32(7)),
    kyberCiphertext,
  };
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new ProtocolError('INVALID_MESSAGE', 'a field is missing');
  return value;
}
