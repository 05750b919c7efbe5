// The accounts this device knows. Lists enter here and nowhere else, and only as shared/trust accepts them.

import type { Freshness, SignedDeviceList } from '../../shared/protocol/account.ts';
import { type Acceptance, accept, type Change, type Expected } from '../../shared/trust/acceptance.ts';
import type { Device } from '../../shared/trust/device-list.ts';
import { freshnessHolds } from '../../shared/trust/freshness.ts';
import { deviceListHash } from '../../shared/trust/signed-device-list.ts';
import type { RecordKey, RecordReader, RecordStore, RecordWrite } from '../storage/record-store.ts';
import { Listeners } from '../transport/listeners.ts';
import { advanced, decodeKnownAccount, encodeKnownAccount, type KnownAccount, newlyKnown } from './known-account.ts';
import { keepNotices, type Notice } from './notice.ts';

const ACCOUNTS = 'accounts';
const SESSIONS = 'sessions';

/** Where the session with a device is kept: with its `added` sequence, so that a successor under the same id never meets it. */
export function sessionKey(account: string, { id, added }: Pick<Device, 'id' | 'added'>): RecordKey {
  return { group: account, name: `${id}.${added}` };
}

/** What came of lists that were offered. `behind`: other lists were accepted meanwhile; ask again. */
export type Offered = Acceptance | { readonly kind: 'behind' };

export class AccountBook {
  readonly #store: RecordStore;
  readonly #notices = new Listeners<Notice>();

  constructor(store: RecordStore) {
    this.#store = store;
  }

  /** Everything that a person must be told, as it happens. What was told and not dismissed is in `readNotices` too. */
  onNotice(listener: (notice: Notice) => void): () => void {
    return this.#notices.add(listener);
  }

  /** @throws StorageError */
  get(account: string): Promise<KnownAccount | undefined> {
    return readKnown(this.#store, account);
  }

  /**
   * Judges lists that were fetched as those after the sequence `after`. What they change is stored in one step with the notices of it, and
   * with the end of every session with a device that they removed.
   *
   * @param token the contact token of an account that is not known yet
   */
  async offer(
    expected: Expected,
    after: number,
    lists: readonly SignedDeviceList[],
    token: Uint8Array | null = null,
  ): Promise<Offered> {
    let result: Offered = { kind: 'behind' };
    await this.#update(async (read) => {
      const known = await readKnown(read, expected.account);
      const sequence = known?.pinned.content.sequence ?? 0;
      // Two requests at once may bring the same lists: the later answer must not look like a rollback.
      if (sequence !== after) return nothing;
      result = accept(expected, known?.pinned ?? null, lists);
      if (result.kind === 'gap') return nothing;
      if (result.kind !== 'accepted') return rejected(expected.account, known, result);
      const hashes = lists.filter((_, i) => i >= lists.length - changesOf(result)).map(deviceListHash);
      const next = known ? advanced(known, result.pinned, hashes) : newlyKnown(result.pinned, token);
      const ended = result.changes.flatMap(({ removed }) => removed);
      return {
        writes: [
          putKnown(next),
          ...ended.map((device): RecordWrite => ({ delete: SESSIONS, key: sessionKey(expected.account, device) })),
        ],
        // What happened before the first contact is no change to anybody here.
        notices: known ? result.changes.flatMap((change) => noticesOf(expected.account, change)) : [],
      };
    });
    return result;
  }

  /** Takes a statement that the pinned list, with this sequence, is the current one. One that does not hold is told about. */
  async confirm(account: string, sequence: number, fresh: Freshness): Promise<void> {
    await this.#update(async (read) => {
      const known = await readKnown(read, account);
      if (known?.pinned.content.sequence !== sequence) return nothing;
      const { content, hash, list } = known.pinned;
      if (!freshnessHolds({ ...content, hash }, fresh)) {
        return { writes: [], notices: [{ kind: 'refused', account, sequence, code: 'freshness', evidence: [list] }] };
      }
      if (fresh.time <= (known.stated ?? -1)) return nothing;
      return { writes: [putKnown({ ...known, stated: fresh.time })], notices: [] };
    });
  }

  /** Changes what is remembered beside the list. Nothing happens when the account is not known. */
  async note(account: string, edit: (known: KnownAccount) => Omit<KnownAccount, 'pinned'>): Promise<void> {
    await this.#update(async (read) => {
      const known = await readKnown(read, account);
      if (!known) return nothing;
      return { writes: [putKnown({ ...edit(known), pinned: known.pinned })], notices: [] };
    });
  }

  /** Tells a person; the same again only after it was dismissed. */
  tell(...notices: readonly Notice[]): Promise<void> {
    return this.#update(async () => ({ writes: [], notices }));
  }

  async #update(
    decide: (read: RecordReader) => Promise<{ writes: readonly RecordWrite[]; notices: readonly Notice[] }>,
  ): Promise<void> {
    let told: readonly Notice[] = [];
    await this.#store.update(async (read) => {
      const { writes, notices } = await decide(read);
      const kept = await keepNotices(read, notices);
      told = kept.news;
      return [...writes, ...kept.writes];
    });
    for (const notice of told) this.#notices.tell(notice);
  }
}

/** The account as of this read, for decisions that are written in the same step. */
export async function readKnown(read: RecordReader, account: string): Promise<KnownAccount | undefined> {
  const stored = await read.get(ACCOUNTS, { group: account });
  return stored && decodeKnownAccount(stored);
}

const nothing = { writes: [], notices: [] };

function putKnown(known: KnownAccount): RecordWrite {
  return { put: ACCOUNTS, key: { group: known.pinned.content.account }, value: encodeKnownAccount(known) };
}

const changesOf = (result: Offered): number => (result.kind === 'accepted' ? result.changes.length : 0);

/** Proof of an attack blocks sending until a person has answered; any other refusal is told, and the pinned list stays in use. */
function rejected(
  account: string,
  known: KnownAccount | undefined,
  result: Exclude<Acceptance, { kind: 'accepted' | 'gap' }>,
): { writes: RecordWrite[]; notices: Notice[] } {
  const sequence = known?.pinned.content.sequence ?? 1;
  const evidence = [...result.evidence];
  if (result.kind === 'fork') {
    return {
      writes: known ? [putKnown({ ...known, alarm: 'fork' })] : [],
      notices: [{ kind: 'fork', account, sequence, evidence }],
    };
  }
  const { code } = result;
  const proven = known && code === 'account-key';
  return {
    writes: proven ? [putKnown({ ...known, alarm: 'account-key' })] : [],
    notices: [{ kind: 'refused', account, sequence, code, evidence }],
  };
}

function noticesOf(account: string, { sequence, accountKey, recoveryReplaced, added, removed }: Change): Notice[] {
  const ids = (devices: readonly Device[]) => devices.map(({ id }) => id);
  const notices: Notice[] = [];
  if (added.length + removed.length > 0) {
    notices.push({ kind: 'devices', account, sequence, added: ids(added), removed: ids(removed) });
  }
  if (accountKey === 'rotated' || accountKey === 'recovered')
    notices.push({ kind: 'account-key', account, sequence, how: accountKey });
  if (recoveryReplaced) notices.push({ kind: 'recovery-phrase', account, sequence });
  return notices;
}
