// What is encrypted for a device: lp(content) || franking key || lp(views), padded.

import { concat, lp } from '../../shared/protocol/bytes.ts';
import { opensCommitment } from '../../shared/trust/franking.ts';
import { decodeViews, encodeViews, type Views } from '../identity/views.ts';
import { pad, unpad } from '../signal-protocol/index.ts';

const KEY_BYTES = 32;
const LENGTH_BYTES = 4;

export interface MessageBody {
  /** What the layer above says, franked. Empty: the message is only about devices. */
  readonly content: Uint8Array;
  /** 32 bytes. */
  readonly frankingKey: Uint8Array;
  readonly views: Views;
}

export function encodeBody({ content, frankingKey, views }: MessageBody): Uint8Array {
  return pad(concat(lp(content), frankingKey, lp(encodeViews(views))));
}

/**
 * Undefined for what is not exactly of this form, and for content that does not open the commitment: it could be denied, and is discarded
 * unseen.
 */
export function decodeBody(plaintext: Uint8Array, commitment: Uint8Array): MessageBody | undefined {
  const body = unpadded(plaintext);
  if (!body) return undefined;
  const content = prefixed(body, 0);
  if (!content) return undefined;
  const keyAt = LENGTH_BYTES + content.length;
  const frankingKey = body.slice(keyAt, keyAt + KEY_BYTES);
  const viewBytes = prefixed(body, keyAt + KEY_BYTES);
  if (!viewBytes || keyAt + KEY_BYTES + LENGTH_BYTES + viewBytes.length !== body.length) return undefined;
  const views = decodeViews(viewBytes);
  if (!views || !opensCommitment(commitment, frankingKey, content)) return undefined;
  return { content, frankingKey, views };
}

function unpadded(plaintext: Uint8Array): Uint8Array | undefined {
  try {
    return unpad(plaintext);
  } catch {
    return undefined;
  }
}

function prefixed(bytes: Uint8Array, at: number): Uint8Array | undefined {
  if (at + LENGTH_BYTES > bytes.length) return undefined;
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(at);
  const value = bytes.slice(at + LENGTH_BYTES, at + LENGTH_BYTES + length);
  return value.length === length ? value : undefined;
}
