// What the new device shows, as a QR code and as text to type: its ephemeral public key. The server never sees it, only the room that
// follows from it, so that nobody but who has seen the code can speak to the new device.

import { sha256 } from '@noble/hashes/sha2.js';
import { concat, lp } from '../../shared/protocol/bytes.ts';
import { decodeGrouped, encodeGrouped } from '../identity/grouped-text.ts';

const KIND = 'sotto/link-code/v1';

/** Fourteen groups of four characters. @param publicKey X25519, 32 bytes, made for this one linking */
export function writeLinkCode(publicKey: Uint8Array): string {
  return encodeGrouped(KIND, publicKey);
}

/** The key in a code; undefined when a character is wrong, or it is another kind of text. */
export function readLinkCode(text: string): Uint8Array | undefined {
  return decodeGrouped(KIND, text);
}

/** Where the two devices meet at the server. */
export function roomOf(publicKey: Uint8Array): Uint8Array {
  return sha256(concat(lp('sotto/link-room/v1'), lp(publicKey)));
}
