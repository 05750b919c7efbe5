import { beforeEach, describe, expect, it } from 'vitest';
import type {
  KyberPreKeyRecord,
  PreKeyRecord,
  ProtocolStore,
  UsedPreKeys,
} from '../../../../client/signal-protocol/index.ts';
import { ALICE, BOB } from './acquainted.ts';

/** A store under test, and the way prekeys get into it. */
export interface StoreUnderTest {
  readonly store: ProtocolStore;
  savePreKey(record: PreKeyRecord): Promise<void>;
  saveKyberPreKey(record: KyberPreKeyRecord): Promise<void>;
}

const bytes = (value: number, length = 33) => new Uint8Array(length).fill(value);

const preKey: PreKeyRecord = { id: 7, publicKey: bytes(5), privateKey: bytes(1, 32) };
const oneTime: KyberPreKeyRecord = { ...preKey, id: 8, signature: bytes(2, 64), createdAt: 1, lastResort: false };
const lastResort: KyberPreKeyRecord = { ...oneTime, id: 9, lastResort: true };

const handshake: UsedPreKeys = { preKeyId: 7, signedPreKeyId: 1, kyberPreKeyId: 8, baseKey: bytes(3) };
const replayable: UsedPreKeys = { ...handshake, preKeyId: undefined, kyberPreKeyId: 9 };

/** The obligations of `ProtocolStore.commit`, for every implementation of it. */
export function protocolStoreCases(create: () => Promise<StoreUnderTest>): void {
  let store: ProtocolStore;

  beforeEach(async () => {
    const created = await create();
    store = created.store;
    await created.savePreKey(preKey);
    await created.saveKyberPreKey(oneTime);
    await created.saveKyberPreKey(lastResort);
  });

  const commit = (previous: Uint8Array | undefined, session: Uint8Array, usedPreKeys?: UsedPreKeys) =>
    store.commit({ address: BOB, previous, session, ...(usedPreKeys && { usedPreKeys }) });

  describe('commit', () => {
    it('writes the session of one address', async () => {
      expect(await store.loadSession(BOB)).toBeUndefined();
      await commit(undefined, bytes(1));
      expect(await store.loadSession(BOB)).toEqual(bytes(1));
      expect(await store.loadSession({ ...BOB, deviceId: 9 })).toBeUndefined();
      expect(await store.loadSession(ALICE)).toBeUndefined();
    });

    it('refuses when the stored session is not the one that was started from', async () => {
      const refused = expect.objectContaining({ code: 'CONCURRENT_CHANGE' });
      await expect(commit(bytes(9), bytes(1))).rejects.toEqual(refused);
      await commit(undefined, bytes(1));
      await expect(commit(undefined, bytes(2))).rejects.toEqual(refused);
      await expect(commit(bytes(9), bytes(2))).rejects.toEqual(refused);
      await expect(commit(bytes(1, 32), bytes(2))).rejects.toEqual(refused);
      expect(await store.loadSession(BOB)).toEqual(bytes(1));
      await commit(bytes(1), bytes(2));
      expect(await store.loadSession(BOB)).toEqual(bytes(2));
    });

    it('lets only one of two writers through', async () => {
      const results = await Promise.allSettled([commit(undefined, bytes(1)), commit(undefined, bytes(2))]);
      expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected']);
    });

    it('deletes one-time prekeys with the session that used them', async () => {
      await commit(undefined, bytes(1), handshake);
      expect(await store.loadPreKey(7)).toBeUndefined();
      expect(await store.loadKyberPreKey(8)).toBeUndefined();
      expect(await store.loadKyberPreKey(9)).toMatchObject({ id: 9 });
    });

    it('writes nothing when a prekey is gone', async () => {
      await commit(undefined, bytes(1), handshake);
      const other = { ...handshake, baseKey: bytes(4) };
      for (const used of [other, { ...other, kyberPreKeyId: 9 }, { ...other, preKeyId: undefined }]) {
        await expect(commit(bytes(1), bytes(2), used)).rejects.toMatchObject({ code: 'PREKEY_NOT_FOUND' });
      }
      expect(await store.loadSession(BOB)).toEqual(bytes(1));
    });

    it('writes nothing when a last-resort handshake comes a second time, and forgets none', async () => {
      await commit(undefined, bytes(1), replayable);
      await commit(bytes(1), bytes(2), { ...replayable, baseKey: bytes(4) });
      await commit(bytes(2), bytes(3), { ...replayable, signedPreKeyId: 2 });
      await expect(commit(bytes(3), bytes(4), replayable)).rejects.toMatchObject({ code: 'REPLAYED_PREKEY_MESSAGE' });
      expect(await store.loadSession(BOB)).toEqual(bytes(3));
    });

    it('keeps the prekeys of a commit that it refuses', async () => {
      await expect(commit(bytes(9), bytes(1), handshake)).rejects.toMatchObject({ code: 'CONCURRENT_CHANGE' });
      expect(await store.loadPreKey(7)).toMatchObject({ id: 7 });
      expect(await store.loadKyberPreKey(8)).toMatchObject({ id: 8 });
      await commit(undefined, bytes(1), handshake);
    });
  });
}
