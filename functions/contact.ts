import { createHash } from 'node:crypto';
import { constantTimeEqual } from '../shared/protocol/bytes.ts';
import { ProtocolError } from '../shared/protocol/errors.ts';
import { CONTACT_TOKENS } from '../shared/protocol/limits.ts';
import type { Head } from '../shared/store/device-list-head.ts';
import type { DeviceCaller } from './caller.ts';

const NO_TOKEN = new Uint8Array(16);
/** Equal to no hash that anybody can find a token for. */
const NO_HASH = new Uint8Array(32);

/** Whose devices or keys are wanted, and by what right. */
export interface ContactRequest {
  readonly account: string;
  readonly token: Uint8Array | undefined;
}

/**
 * The head of an account that the caller may know of: its own, or one whose contact token it holds. A missing token, a wrong one and
 * an account that does not exist are answered alike after the same work, so that nobody can ask who is here.
 *
 * @param head as it was read; the caller reads it whether or not there is a token
 * @throws ProtocolError `unknown-account`
 */
export function requireContact(head: Head | undefined, { account, token }: ContactRequest, caller: DeviceCaller): Head {
  const hash = createHash('sha256')
    .update(token ?? NO_TOKEN)
    .digest();
  const hashes = Array.from({ length: CONTACT_TOKENS }, (_, i) => head?.tokens[i] ?? NO_HASH);
  // All of them every time: where the search ended would tell which token it was.
  const matches = hashes.map((expected) => constantTimeEqual(hash, expected));
  const allowed = account === caller.account || (token !== undefined && matches.includes(true));
  if (!head || !allowed) throw new ProtocolError('unknown-account');
  return head;
}

/**
 * The head of an account that a guest may take over: it shows the public recovery key, of which the list holds only the hash, and which
 * follows from the phrase alone. Answered like {@link requireContact} when it is not.
 *
 * @throws ProtocolError `unknown-account`
 */
export function requireRecovery(head: Head | undefined, recovery: Uint8Array | undefined): Head {
  const hash = createHash('sha256')
    .update(recovery ?? NO_TOKEN)
    .digest();
  const matches = constantTimeEqual(hash, head?.recoveryHash ?? NO_HASH);
  if (!head || !matches) throw new ProtocolError('unknown-account');
  return head;
}
