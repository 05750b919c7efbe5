// What the account keys have really signed, as the clients that hold them published it; and a witness in each client's store that holds every
// session and every accepted list against it. Each encryption stores a session first, so none can pass the witness by.

import { bytesToHex } from '@noble/hashes/utils.js';
import { decodeKnownAccount, type KnownAccount } from '../../client/identity/known-account.ts';
import { encodePublicKey } from '../../client/signal-protocol/primitives/curve.ts';
import { decodeRecord } from '../../client/signal-protocol/session/record.ts';
import { decodeSession } from '../../client/signal-protocol/session/session-codec.ts';
import type { SessionState } from '../../client/signal-protocol/session/state.ts';
import type { RecordReader, RecordStore, RecordWrite } from '../../client/storage/record-store.ts';
import type { SignedDeviceList } from '../../shared/protocol/account.ts';
import type { DeviceList } from '../../shared/trust/device-list.ts';
import { deviceListHash } from '../../shared/trust/signed-device-list.ts';

export class Truth {
  /** What no client may ever do, and one did. */
  readonly violations: string[] = [];
  readonly #keys = new Map<string, string>();
  readonly #lists = new Set<string>();

  learn(list: SignedDeviceList, { account, devices }: DeviceList): void {
    this.#lists.add(bytesToHex(deviceListHash(list)));
    for (const { id, added, identityKey } of devices)
      this.#keys.set(`${account}/${id}.${added}`, bytesToHex(identityKey));
  }

  /** The store, with a witness of everything that is written. */
  watch(store: RecordStore, owner: string): RecordStore {
    const update: RecordStore['update'] = (decide) =>
      store.update(async (read) => {
        const writes = await decide(read);
        await this.#examine(read, writes, owner);
        return writes;
      });
    return {
      get: (collection, key) => store.get(collection, key),
      range: (collection, options) => store.range(collection, options),
      update,
      batch: (writes) => update(async () => writes),
      compact: () => store.compact(),
      close: () => store.close(),
    };
  }

  async #examine(read: RecordReader, writes: readonly RecordWrite[], owner: string): Promise<void> {
    for (const write of writes) {
      if (!('put' in write)) continue;
      if (write.put === 'sessions')
        this.#examineSession(`${write.key.group}/${write.key.name ?? ''}`, write.value, owner);
      if (write.put !== 'accounts') continue;
      const stored = await read.get('accounts', write.key);
      this.#examineAccount(stored && decodeKnownAccount(stored), decodeKnownAccount(write.value), writes, owner);
    }
  }

  #examineSession(place: string, value: Uint8Array, owner: string): void {
    const { current, archived } = decodeRecord(value);
    for (const session of [current, ...archived]) {
      if (!session) continue;
      const key = bytesToHex(encodePublicKey(stateOf(session).remoteIdentityKey));
      if (this.#keys.get(place) !== key) this.violations.push(`${owner} holds a session with a key that nobody signed`);
    }
  }

  #examineAccount(
    before: KnownAccount | undefined,
    after: KnownAccount,
    writes: readonly RecordWrite[],
    owner: string,
  ): void {
    if (!this.#lists.has(bytesToHex(after.pinned.hash)))
      this.violations.push(`${owner} accepted a list that nobody signed`);
    if (!before || bytesToHex(before.pinned.hash) === bytesToHex(after.pinned.hash)) return;
    if (after.pinned.content.sequence <= before.pinned.content.sequence)
      this.violations.push(`${owner} went back to an older list`);
    const isTold = writes.some((write) => 'put' in write && write.put === 'notices');
    if (looksOf(before) !== looksOf(after) && !isTold) this.violations.push(`${owner} took a change in silence`);
  }
}

function stateOf(session: SessionState | Uint8Array): SessionState {
  return session instanceof Uint8Array ? decodeSession(session) : session;
}

/** What a person must hear of when it changes. */
function looksOf({ pinned }: KnownAccount): string {
  const { accountKey, recoveryHash, devices } = pinned.content;
  const members = devices.map(({ id, added, identityKey }) => [id, added, bytesToHex(identityKey)]);
  return JSON.stringify([bytesToHex(accountKey), bytesToHex(recoveryHash), members]);
}
