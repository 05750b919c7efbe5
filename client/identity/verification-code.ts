// The safety number as a QR code: both accounts with both account keys, so that one scan compares what the two devices hold.

import { base64UrlDecode, base64UrlEncode } from '../../shared/protocol/base64url.ts';
import { concat, constantTimeEqual } from '../../shared/protocol/bytes.ts';
import { accountIdBytes } from '../../shared/trust/account-id.ts';
import type { SafetyNumberParty } from '../../shared/trust/safety-number.ts';

const PREFIX = 'sotto:verify:1:';
const ID_BYTES = 16;
const PARTY_BYTES = 48;

/**
 * - match: both devices hold the same keys; the contact may be marked verified
 * - different: somebody stands between them, or one of the two has not seen a change yet
 * - other-person: the code is of another account, or for another one
 * - malformed: not such a code
 */
export type Comparison = 'match' | 'different' | 'other-person' | 'malformed';

/** The text that this device shows. */
export function writeVerificationCode(own: SafetyNumberParty, contact: SafetyNumberParty): string {
  return PREFIX + base64UrlEncode(concat(partyBytes(own), partyBytes(contact)));
}

/** Judges the text that the contact's device shows. */
export function compareVerificationCode(text: string, own: SafetyNumberParty, contact: SafetyNumberParty): Comparison {
  const shown = text.startsWith(PREFIX) ? base64UrlDecode(text.slice(PREFIX.length)) : undefined;
  if (shown?.length !== 2 * PARTY_BYTES) return 'malformed';
  const expected = [partyBytes(contact), partyBytes(own)];
  const parts = [shown.slice(0, PARTY_BYTES), shown.slice(PARTY_BYTES)];
  const same = (bytes: number) =>
    expected.every((party, i) => constantTimeEqual(party.subarray(0, bytes), (parts[i] ?? party).subarray(0, bytes)));
  if (!same(ID_BYTES)) return 'other-person';
  return same(PARTY_BYTES) ? 'match' : 'different';
}

function partyBytes({ account, accountKey }: SafetyNumberParty): Uint8Array {
  return concat(accountIdBytes(account), accountKey);
}
