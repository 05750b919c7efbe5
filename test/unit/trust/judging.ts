import { type Acceptance, accept, type Refusal } from '../../../shared/trust/acceptance.ts';
import type { PinnedAccount } from '../../../shared/trust/pinned-account.ts';
import type { TestAccount } from '../../support/identities.ts';

/** One word for an outcome: the code of a refusal, or the kind. */
export function verdict(outcome: Acceptance): Refusal | 'accepted' | 'fork' | 'gap' {
  return outcome.kind === 'refused' ? outcome.code : outcome.kind;
}

/** The state after an outcome that has to be an acceptance. */
export function accepted(outcome: Acceptance): PinnedAccount {
  if (outcome.kind !== 'accepted') throw new Error(`not accepted: ${verdict(outcome)}`);
  return outcome.pinned;
}

/** What somebody holds who has accepted every list of an account. */
export function pin(account: TestAccount): PinnedAccount {
  return accepted(accept(account.expected, null, account.lists));
}

export function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const flipped = Uint8Array.from(bytes);
  flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return flipped;
}
