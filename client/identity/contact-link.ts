// What one person gives another to be written to: all 32 bytes of the account's commitment, so that nobody can be passed off as somebody
// else, and the contact token, without which the server tells nothing about the account.

import { base64UrlDecode, base64UrlEncode } from '../../shared/protocol/base64url.ts';
import { concat } from '../../shared/protocol/bytes.ts';
import { accountIdOf } from '../../shared/trust/account-id.ts';

const PREFIX = 'sotto:contact:1:';
const COMMITMENT_BYTES = 32;
const TOKEN_BYTES = 16;

export interface Contact {
  readonly account: string;
  /** 32 bytes. */
  readonly commitment: Uint8Array;
  /** 16 bytes. */
  readonly token: Uint8Array;
}

/** The text of a link or a QR code: the prefix and 64 characters. */
export function writeContactLink({ commitment, token }: Omit<Contact, 'account'>): string {
  if (commitment.length !== COMMITMENT_BYTES || token.length !== TOKEN_BYTES) throw new RangeError('not a contact');
  return PREFIX + base64UrlEncode(concat(commitment, token));
}

/** Undefined for anything that {@link writeContactLink} does not write. */
export function readContactLink(text: string): Contact | undefined {
  if (!text.startsWith(PREFIX)) return undefined;
  const value = base64UrlDecode(text.slice(PREFIX.length));
  if (value?.length !== COMMITMENT_BYTES + TOKEN_BYTES) return undefined;
  const commitment = value.slice(0, COMMITMENT_BYTES);
  return { account: accountIdOf(commitment), commitment, token: value.slice(COMMITMENT_BYTES) };
}
