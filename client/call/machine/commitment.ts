import { sha256 } from '@noble/hashes/sha2.js';
import { base64UrlDecode, base64UrlEncode } from '../../../shared/protocol/base64url.ts';

/**
 * What an offer carries of the offerer's random (CALLS.md, section 7).
 * @param random 16 bytes in base64url
 * @throws RangeError where it is no base64url
 */
export function commitmentTo(random: string): string {
  const bytes = base64UrlDecode(random);
  if (bytes === undefined) throw new RangeError('a random is base64url');
  return base64UrlEncode(sha256(bytes));
}
