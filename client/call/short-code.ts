// The eight digits that two people compare (CALLS.md, section 7).

import { sha256 } from '@noble/hashes/sha2.js';
import { concat, lp } from '../../shared/protocol/bytes.ts';

/** One end of a leg. */
export interface CodeSide {
  readonly account: string;
  readonly device: number;
  /** The public identity key of the device, 33 bytes. */
  readonly identityKey: Uint8Array;
  /** Of its certificate, as descriptions write it. */
  readonly fingerprint: string;
}

export interface CodeInput {
  /** 16 bytes each: the id of the call and the randoms of both sides. */
  readonly call: Uint8Array;
  readonly offererRandom: Uint8Array;
  readonly answererRandom: Uint8Array;
  readonly leg: number;
  readonly offerer: CodeSide;
  readonly answerer: CodeSide;
}

const DIGITS = 8;

/** Eight decimal digits; equal on both sides when nobody stands between them. */
export function shortCode({ call, leg, offererRandom, answererRandom, offerer, answerer }: CodeInput): string {
  const digest = sha256(
    concat(
      lp('sotto/call-code/v1'),
      lp(call),
      lp(String(leg)),
      lp(offererRandom),
      lp(answererRandom),
      side(offerer),
      side(answerer),
    ),
  );
  const number = new DataView(digest.buffer, digest.byteOffset).getBigUint64(0);
  return String(number % 10n ** BigInt(DIGITS)).padStart(DIGITS, '0');
}

const side = ({ account, device, identityKey, fingerprint }: CodeSide) =>
  concat(lp(account), lp(String(device)), lp(identityKey), lp(fingerprint));
