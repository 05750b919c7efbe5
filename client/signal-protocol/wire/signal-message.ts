// The ratchet message: a version byte, a header and ciphertext in Protocol Buffers, and a MAC (Double Ratchet section 7.2).
//
//   1 ratchet key   2 counter (N)   3 previous counter (PN)   4 ciphertext   5 SPQR message   6 addresses

import { concatBytes } from '@noble/hashes/utils.js';
import { ProtocolError } from '../errors.ts';
import { equalBytes } from '../primitives/bytes.ts';
import { decodePublicKey, encodePublicKey } from '../primitives/curve.ts';
import { hmacSha256 } from '../primitives/kdf.ts';
import { decodeFields, encodeFields, type Field, fieldsLength } from './protobuf.ts';
import { MESSAGE_VERSION, requireVersion } from './version.ts';

const MAC_BYTES = 8;
const FIELDS = [1, 2, 3, 4, 5, 6];

/** HEADER of Double Ratchet section 3.1, with the message of the post-quantum ratchet (section 6). */
export interface MessageHeader {
  /** 32-byte u-coordinate */
  readonly ratchetKey: Uint8Array;
  readonly counter: number;
  readonly previousCounter: number;
  readonly pqRatchet: Uint8Array;
}

export interface SignalMessage extends MessageHeader {
  readonly ciphertext: Uint8Array;
  readonly addresses: Uint8Array | undefined;
  /** Everything that the MAC covers. */
  readonly authenticated: Uint8Array;
  readonly mac: Uint8Array;
}

/** The identity keys that a MAC binds, as 33-byte serialised keys. */
export interface Identities {
  readonly sender: Uint8Array;
  readonly receiver: Uint8Array;
}

export function encodeSignalMessage(
  header: MessageHeader,
  ciphertext: Uint8Array,
  addresses: Uint8Array | undefined,
  macKey: Uint8Array,
  identities: Identities,
): Uint8Array {
  const fields: Field[] = [
    [1, encodePublicKey(header.ratchetKey)],
    [2, header.counter],
    [3, header.previousCounter],
    [4, ciphertext],
    [5, header.pqRatchet],
    [6, addresses],
  ];
  const end = 1 + fieldsLength(fields);
  const out = new Uint8Array(end + MAC_BYTES);
  out[0] = MESSAGE_VERSION;
  encodeFields(fields, out, 1);
  out.set(computeMac(macKey, identities, out.subarray(0, end)), end);
  return out;
}

/**
 * Reads a message without believing it; nothing in it is authentic before {@link verifyMac}.
 *
 * @throws ProtocolError INVALID_MESSAGE, INVALID_KEY, LEGACY_VERSION, UNKNOWN_VERSION or MISSING_PQ_RATCHET
 */
export function decodeSignalMessage(bytes: Uint8Array): SignalMessage {
  requireVersion(bytes);
  const end = bytes.length - MAC_BYTES;
  if (end < 1) throw new ProtocolError('INVALID_MESSAGE', 'the message is too short');
  const fields = decodeFields(bytes.subarray(1, end), FIELDS);
  const [ratchetKey, counter, ciphertext] = [fields.bytes(1), fields.uint32(2), fields.bytes(4)];
  if (!ratchetKey || counter === undefined || !ciphertext) {
    throw new ProtocolError('INVALID_MESSAGE', 'a field is missing');
  }
  const pqRatchet = fields.bytes(5);
  if (!pqRatchet?.length) throw new ProtocolError('MISSING_PQ_RATCHET', 'the message has no post-quantum ratchet');
  return {
    ratchetKey: decodePublicKey(ratchetKey),
    counter,
    previousCounter: fields.uint32(3) ?? 0,
    pqRatchet,
    ciphertext,
    addresses: fields.bytes(6),
    authenticated: bytes.subarray(0, end),
    mac: bytes.subarray(end),
  };
}

export function verifyMac(message: SignalMessage, macKey: Uint8Array, identities: Identities): boolean {
  return equalBytes(message.mac, computeMac(macKey, identities, message.authenticated));
}

/** AD of Double Ratchet section 3.4: the sender's and the receiver's identity keys, then everything before the MAC. */
function computeMac(macKey: Uint8Array, identities: Identities, authenticated: Uint8Array): Uint8Array {
  const associatedData = concatBytes(identities.sender, identities.receiver);
  return hmacSha256(macKey, associatedData, authenticated).subarray(0, MAC_BYTES);
}
