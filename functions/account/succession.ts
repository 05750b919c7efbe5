import type { DevicePreKeys, SignedDeviceList } from '../../shared/protocol/account.ts';
import { constantTimeEqual } from '../../shared/protocol/bytes.ts';
import { ProtocolError } from '../../shared/protocol/errors.ts';
import type { Head } from '../../shared/store/device-list-head.ts';
import type { DeviceLists } from '../../shared/store/device-lists.ts';
import type { Installation } from '../../shared/store/installation.ts';
import type { Publication } from '../../shared/store/publications.ts';
import { type Acceptance, accept } from '../../shared/trust/acceptance.ts';
import { decodePinnedAccount, type PinnedAccount } from '../../shared/trust/pinned-account.ts';
import { deviceListHash, sameDevice } from '../../shared/trust/signed-device-list.ts';
import { installationOf, publicationOf } from './publication.ts';

/** Reasons for which a list is not wrong but late: somebody else has published, or this list was published and others after it. */
const LATE: ReadonlySet<string> = new Set(['rollback', 'rival', 'previous']);

/** Where a list leads from the current one. */
export interface Succession {
  /** Absent when the list is the current one already. */
  readonly publication?: Publication;
  readonly removed: readonly Installation[];
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
  if (constantTimeEqual(hash, head.hash)) {
    return { removed: removedBetween(await pinnedAt(account, sequence - 1, lists), current), sequence, hash };
  }
  const outcome = accept({ account }, current, [list]);
  if (outcome.kind !== 'accepted') throw refusal(outcome);
  const [change] = outcome.changes;
  if (!change) throw new Error('an accepted list without a change');
  const publication = publicationOf(outcome.pinned, change, prekeys);
  return { publication, removed: publication.removed, sequence: change.sequence, hash };
}

/** What a list that is current has removed; for the repetition of a request whose clean-up may not have been done. */
function removedBetween(before: PinnedAccount | undefined, after: PinnedAccount): Installation[] {
  const gone = before?.content.devices.filter(
    (device) => !after.content.devices.some((other) => sameDevice(device, other)),
  );
  return gone?.map((device) => installationOf(after.content.account, device)) ?? [];
}

async function pinnedAt(
  account: string,
  sequence: number,
  lists: Pick<DeviceLists, 'list'>,
): Promise<PinnedAccount | undefined> {
  const stored = sequence > 0 ? await lists.list(account, sequence) : undefined;
  return stored && decodePinnedAccount(stored.list, stored.history);
}

function refusal(outcome: Exclude<Acceptance, { kind: 'accepted' }>): ProtocolError {
  if (outcome.kind !== 'refused' || LATE.has(outcome.code)) return new ProtocolError('stale-list');
  return new ProtocolError('invalid-list', { reason: outcome.code });
}
