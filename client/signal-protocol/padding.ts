// Padding before encryption: the length of a ciphertext tells only which of a few size classes the content belongs to.

import { ProtocolError } from './errors.ts';

/** Ends the content; zeros follow up to the size class. */
const DELIMITER = 0x80;

/** One less than a multiple of the AES block, so that the cipher's own padding adds exactly one byte. */
const SIZE_CLASSES = [127, 255, 511, 1023, 2047, 4095, 8191, 16_383, 24_575] as const;

/** Above the largest class, sizes go in steps of this many bytes. */
const LARGE_STEP = 8192;

/** Content, 80, zeros. */
export function pad(content: Uint8Array): Uint8Array {
  const padded = new Uint8Array(sizeClassOf(content.length + 1));
  padded.set(content);
  padded[content.length] = DELIMITER;
  return padded;
}

/** @throws ProtocolError INVALID_MESSAGE for what {@link pad} did not make */
export function unpad(padded: Uint8Array): Uint8Array {
  let end = padded.length - 1;
  while (end >= 0 && padded[end] === 0) end--;
  if (end < 0 || padded[end] !== DELIMITER || padded.length !== sizeClassOf(end + 1)) {
    throw new ProtocolError('INVALID_MESSAGE', 'the padding is wrong');
  }
  return padded.subarray(0, end);
}

function sizeClassOf(length: number): number {
  return SIZE_CLASSES.find((size) => size >= length) ?? Math.ceil((length + 1) / LARGE_STEP) * LARGE_STEP - 1;
}
