import { expect } from 'vitest';
import { type Acceptance, accept, type Refusal } from '../../../shared/trust/acceptance.ts';
import type { DeviceList } from '../../../shared/trust/device-list.ts';
import type { PinnedAccount } from '../../../shared/trust/pinned-account.ts';
import { signDeviceList } from '../../../shared/trust/signed-device-list.ts';
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

/** Judges one more list with this content, signed as told; whatever comes of it, the pinned state must not notice. */
export function judgeAfter(
  account: TestAccount,
  pinned: PinnedAccount,
  content: DeviceList,
  secrets: readonly Uint8Array[] = [account.accountSecret],
): string {
  const before = structuredClone(pinned);
  const outcome = accept(account.expected, pinned, [signDeviceList(content, secrets)]);
  expect(pinned).toEqual(before);
  return verdict(outcome);
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
