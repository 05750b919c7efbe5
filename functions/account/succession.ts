import type { DevicePreKeys, SignedDeviceList } from '../../shared/protocol/account.ts';
import { constantTimeEqual } from '../../shared/protocol/bytes.ts';
import { ProtocolError } from '../../shared/protocol/errors.ts';
import type { Head } from '../../shared/store/device-list-head.ts';
import type { DeviceLists } from '../../shared/store/device-lists.ts';
import type { Installation } from '../../shared/store/installation.ts';
import type { Publication } from '../../shared/store/publications.ts';
import { type Acceptance, accept } from '../../shared/trust/acceptance.ts';
import type { AccountKeyChange } from '../../shared/trust/list-rules.ts';
import { decodePinnedAccount, type PinnedAccount } from '../../shared/trust/pinned-account.ts';
import { deviceListHash } from '../../shared/trust/signed-device-list.ts';
import { installationOf, publicationOf } from './publication.ts';

/** Reasons for which a list is not wrong but late: somebody else has published, or this list was published and others after it. */
const LATE: ReadonlySet<string> = new Set(['rollback', 'rival', 'previous']);

/** Where a list leads from the current one. */
export interface Succession {
  /** Absent when the list is the current one already. */
  readonly publication?: Publication;
  readonly removed: readonly Installation[];
  /** How the account key came to be what it is. */
  readonly accountKey: AccountKeyChange | 'first';
  readonly sequence: number;
  readonly hash: Uint8Array;
}

/** @throws ProtocolError `stale-list`, `invalid-list`, `invalid-prekey` */
export async function succeed(
  head: Head,
  { list, prekeys }: { readonly list: SignedDeviceList; readonly prekeys: readonly DevicePreKeys[] },
  lists: Pick<DeviceLists, 'list'>,
): Promise<Succession> {
  const { account, sequence } = head;
  const current = await pinnedAt(account, sequence, lists);
  if (!current) throw new Error('a head without its list');
  const hash = deviceListHash(list);
  // Of a repetition what counts is what it did the first time: its clean-up may not have been done.
  const isRepeated = constantTimeEqual(hash, head.hash);
  const outcome = accept({ account }, isRepeated ? await pinnedAt(account, sequence - 1, lists) : current, [list]);
  if (outcome.kind !== 'accepted') throw refusal(outcome);
  const [change] = outcome.changes;
  if (!change) throw new Error('an accepted list without a change');
  const { accountKey } = change;
  const removed = change.removed.map((device) => installationOf(account, device));
  const succession = { removed, accountKey, sequence: change.sequence, hash };
  return isRepeated ? succession : { ...succession, publication: publicationOf(outcome.pinned, change, prekeys) };
}

async function pinnedAt(
  account: string,
  sequence: number,
  lists: Pick<DeviceLists, 'list'>,
): Promise<PinnedAccount | null> {
  const stored = sequence > 0 ? await lists.list(account, sequence) : undefined;
  return stored ? decodePinnedAccount(stored.list, stored.history) : null;
}

function refusal(outcome: Exclude<Acceptance, { kind: 'accepted' }>): ProtocolError {
  if (outcome.kind !== 'refused' || LATE.has(outcome.code)) return new ProtocolError('stale-list');
  return new ProtocolError('invalid-list', { reason: outcome.code });
}
