// The one judge of device lists, for server and client: which lists follow from what is pinned. Pure; the caller keeps the state.

import type { SignedDeviceList } from '../protocol/account.ts';
import { constantTimeEqual as same } from '../protocol/bytes.ts';
import type { Device } from './device-list.ts';
import {
  type AccountKeyChange,
  accountKeyChange,
  commitmentOf,
  FIRST_RULES,
  newKeys,
  type RuleName,
  SUCCESSOR_RULES,
} from './list-rules.ts';
import type { PinnedAccount } from './pinned-account.ts';
import { withSeen } from './seen-keys.ts';
import { sameDevice, type VerificationFailure, type VerifiedList, verifyDeviceList } from './signed-device-list.ts';

/** Whose list is wanted. The server that is asked may answer with somebody else's. */
export interface Expected {
  readonly account: string;
  /** From a link or a QR code: all 32 bytes. */
  readonly commitment?: Uint8Array;
}

/**
 * Why lists were refused: a failure of verification, the name of a rule, or
 * - `account`: another account than the one expected
 * - `account-key`: the account key was replaced by nobody's authority
 * - `rollback`: a sequence below the pinned one
 * - `rival`: another list with the pinned sequence, signed by nobody who could sign that sequence
 */
export type Refusal = VerificationFailure | RuleName | 'account' | 'account-key' | 'rollback' | 'rival';

/** What one accepted list changed. */
export interface Change {
  readonly sequence: number;
  /** `rotated` and `recovered` block sending and calling until a person acknowledges; `first` is first contact. */
  readonly accountKey: AccountKeyChange | 'first';
  /** The phrase that used to recover the account no longer does. */
  readonly recoveryReplaced: boolean;
  readonly added: readonly Device[];
  readonly removed: readonly Device[];
}

export type Acceptance =
  /** `changes` holds one entry for each list that was new, in order. */
  | { readonly kind: 'accepted'; readonly pinned: PinnedAccount; readonly changes: readonly Change[] }
  /** Nothing was accepted. `evidence`: what was held, if anything, and the list that was refused. */
  | { readonly kind: 'refused'; readonly code: Refusal; readonly evidence: readonly SignedDeviceList[] }
  /** Two lists with one sequence, both signed with the account's authority: proof against it, for everybody who has the chain so far. */
  | { readonly kind: 'fork'; readonly evidence: readonly [SignedDeviceList, SignedDeviceList] }
  /** Nothing was accepted: the lists with sequences `from` to `to` have to be fetched and given first. */
  | { readonly kind: 'gap'; readonly from: number; readonly to: number };

type Rejection = Exclude<Acceptance, { kind: 'accepted' }>;
/** What one list does to the state; `change` is null for the pinned list itself. */
interface Step {
  readonly kind: 'step';
  readonly pinned: PinnedAccount;
  readonly change: Change | null;
}

/**
 * Judges lists, in ascending sequence, against what is pinned. All of them or none: unless the kind is `accepted` the caller's state
 * stays as it is, and so does what it may encrypt to. Costs one signature check for each signature and two for each new device.
 *
 * @throws RangeError when the pinned state is of another account than the expected one: a defect of the caller
 */
export function accept(
  expected: Expected,
  pinned: PinnedAccount | null,
  lists: readonly SignedDeviceList[],
): Acceptance {
  if (pinned && pinned.content.account !== expected.account) throw new RangeError('pinned state of another account');
  if (pinned && !isCommitted(expected, pinned)) return refused('commitment', pinned.list);
  let current = pinned;
  const changes: Change[] = [];
  for (const list of lists) {
    const step = judge(expected, current, list);
    if (step.kind !== 'step') return step;
    current = step.pinned;
    if (step.change) changes.push(step.change);
  }
  return current ? { kind: 'accepted', pinned: current, changes } : { kind: 'gap', from: 1, to: 1 };
}

/** For the server when an account is created: the account is whatever its first list commits to. Everybody else calls {@link accept}. */
export function acceptNewAccount(list: SignedDeviceList): Acceptance {
  const verified = verifyDeviceList(list);
  if (typeof verified === 'string') return refused(verified, list);
  const step = first(verified);
  return step.kind === 'step'
    ? { kind: 'accepted', pinned: step.pinned, changes: step.change ? [step.change] : [] }
    : step;
}

function judge(expected: Expected, current: PinnedAccount | null, list: SignedDeviceList): Step | Rejection {
  const held = current ? [current.list] : [];
  const next = verifyDeviceList(list, current?.content.devices);
  if (typeof next === 'string') return refused(next, ...held, list);
  const { account, sequence } = next.content;
  if (account !== expected.account) return refused('account', ...held, list);
  if (current) return judgeAfter(current, next);
  if (sequence > 1) return { kind: 'gap', from: 1, to: sequence - 1 };
  const step = first(next);
  return step.kind === 'step' && !isCommitted(expected, step.pinned) ? refused('commitment', list) : step;
}

/** Rule 3: where a list stands in relation to the pinned one. */
function judgeAfter(current: PinnedAccount, next: VerifiedList): Step | Rejection {
  const pinned = current.content.sequence;
  const { sequence } = next.content;
  if (sequence < pinned) return refused('rollback', current.list, next.list);
  if (sequence > pinned + 1) return { kind: 'gap', from: pinned + 1, to: sequence - 1 };
  if (sequence > pinned) return successor(current, next);
  if (same(next.hash, current.hash)) return { kind: 'step', pinned: current, change: null };
  return accountKeyChange(next, current.history.authority)
    ? { kind: 'fork', evidence: [current.list, next.list] }
    : refused('rival', current.list, next.list);
}

/** Rule 2: a first list stands on its commitment. */
function first(next: VerifiedList): Step | Rejection {
  const broken = FIRST_RULES.find(([, holds]) => !holds(next));
  if (broken) return refused(broken[0], next.list);
  const { accountKey, recoveryHash, devices } = next.content;
  const history = {
    commitment: commitmentOf(next.content),
    authority: { accountKey, recoveryHash },
    seen: withSeen(new Uint8Array(), newKeys(next, null)),
  };
  const change: Change = { sequence: 1, accountKey: 'first', recoveryReplaced: false, added: devices, removed: [] };
  return { kind: 'step', pinned: { ...next, history }, change };
}

/** Rules 4 and 5: a list that follows the pinned one. */
function successor(current: PinnedAccount, next: VerifiedList): Step | Rejection {
  const keyChange = accountKeyChange(next, current.content);
  if (!keyChange) return refused('account-key', current.list, next.list);
  const broken = SUCCESSOR_RULES.find(([, holds]) => !holds(next, current, keyChange));
  if (broken) return refused(broken[0], current.list, next.list);
  const { accountKey, recoveryHash, devices } = current.content;
  const history = {
    commitment: current.history.commitment,
    authority: { accountKey, recoveryHash },
    seen: withSeen(current.history.seen, newKeys(next, current)),
  };
  const change: Change = {
    sequence: next.content.sequence,
    accountKey: keyChange,
    recoveryReplaced: !same(next.content.recoveryHash, recoveryHash),
    added: without(next.content.devices, devices),
    removed: without(devices, next.content.devices),
  };
  return { kind: 'step', pinned: { ...next, history }, change };
}

function without(devices: readonly Device[], others: readonly Device[]): readonly Device[] {
  return devices.filter((device) => !others.some((other) => sameDevice(device, other)));
}

function isCommitted({ commitment }: Expected, { history }: PinnedAccount): boolean {
  return commitment === undefined || same(commitment, history.commitment);
}

function refused(code: Refusal, ...evidence: SignedDeviceList[]): Rejection {
  return { kind: 'refused', code, evidence };
}
