import { sha256 } from '@noble/hashes/sha2.js';
import { base64UrlEncode } from '../../shared/protocol/base64url.ts';
import { concat, lp } from '../../shared/protocol/bytes.ts';

/** How the devices of two accounts name their conversation: the same for both. 43 characters of base64url. */
export function conversationId(one: string, other: string): string {
  const [first, second] = one < other ? [one, other] : [other, one];
  return base64UrlEncode(sha256(concat(lp('sotto/conversation/v1'), lp(first), lp(second))));
}
