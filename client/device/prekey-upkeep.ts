// Making, publishing and forgetting prekeys. Private halves are stored before the public ones leave the device.

import type { ReplyOf } from '../../shared/protocol/actions.ts';
import { EC_PREKEYS_PER_FRAME, KEM_PREKEYS_PER_FRAME } from '../../shared/protocol/limits.ts';
import type { Requests } from '../identity/list-fetcher.ts';
import { requireOwn } from '../identity/own-account.ts';
import {
  deletePreKey,
  lastPreKeyId,
  putKyberPreKey,
  putPreKey,
  putSignedPreKey,
  readKyberPreKeys,
  readSignedPreKeys,
} from '../identity/prekey-records.ts';
import {
  type CryptoProvider,
  detectProvider,
  expiredPreKeys,
  generateKyberPreKeys,
  generatePreKeys,
  generateSignedPreKey,
  MAX_PREKEY_ID,
  type PreKeyDuties,
  preKeyDuties,
  type SignedPreKeyRecord,
} from '../signal-protocol/index.ts';
import type { RecordStore } from '../storage/record-store.ts';

export interface UpkeepParts {
  readonly store: RecordStore;
  readonly server: Requests;
  /** Milliseconds since 1970, by this device's own clock. */
  readonly now: () => number;
  /** Undefined: what the engine finds by itself. */
  readonly provider: CryptoProvider | undefined;
}

type Stock = ReplyOf<'prekeys.count'>;

/** Does what is due. To be called when connected and when the server says that keys run low: its word decides only how many are made. */
export async function keepUpPreKeys(parts: UpkeepParts): Promise<void> {
  const { store, server, now } = parts;
  const stock = await server.request('prekeys.count', {});
  const [signed, kyber] = await Promise.all([readSignedPreKeys(store), readKyberPreKeys(store)]);
  const standing = kyber.filter(({ lastResort }) => lastResort);
  const duties = preKeyDuties(
    {
      signedPreKeyCreatedAt: newest(signed),
      lastResortCreatedAt: newest(standing),
      oneTimePreKeys: stock.ec.left,
      oneTimeKyberPreKeys: stock.kem.left,
    },
    now(),
  );
  await replaceStanding(duties, parts);
  if (duties.generatePreKeys > 0) await publishOneTime(duties.generatePreKeys, stock, parts);
  if (duties.generateKyberPreKeys > 0) await publishKyber(duties.generateKyberPreKeys, stock, parts);
  const forgotten = [
    ...expiredPreKeys(signed, now()).map(({ id }) => deletePreKey('signed', id)),
    ...expiredPreKeys(standing, now()).map(({ id }) => deletePreKey('kyber', id)),
  ];
  if (forgotten.length > 0) await store.batch(forgotten);
}

async function replaceStanding(duties: PreKeyDuties, { store, server, now, provider }: UpkeepParts): Promise<void> {
  const identity = await identityOf(store);
  if (duties.rotateSignedPreKey) {
    const id = after(await lastPreKeyId(store, 'signed'));
    const record = await generateSignedPreKey(provider ?? (await detectProvider()), identity, id, now());
    await store.batch([putSignedPreKey(record)]);
    await server.request('prekeys.publish', { signed: published(record) });
  }
  if (duties.rotateLastResort) {
    const id = after(await lastPreKeyId(store, 'kyber'));
    const [record] = generateKyberPreKeys(identity, id, 1, { lastResort: true, now: now() });
    if (!record) return;
    await store.batch([putKyberPreKey(record)]);
    await server.request('prekeys.publish', { lastResort: published(record) });
  }
}

async function publishOneTime(
  count: number,
  stock: Stock,
  { store, server, now, provider }: UpkeepParts,
): Promise<void> {
  const id = after(await lastPreKeyId(store, 'one-time'));
  const records = await generatePreKeys(provider ?? (await detectProvider()), id, count);
  await store.batch(records.map(putPreKey));
  const page = Math.max(stock.ec.page + 1, now());
  const keys = records.map((record) => ({ id: record.id, key: record.publicKey }));
  for (const part of partsOf(keys, EC_PREKEYS_PER_FRAME))
    await server.request('prekeys.publish', { ec: { page, ...part } });
}

/** Made frame by frame: a hundred keys at once would keep everything else waiting. */
async function publishKyber(count: number, stock: Stock, { store, server, now }: UpkeepParts): Promise<void> {
  const identity = await identityOf(store);
  const page = Math.max(stock.kem.page + 1, now());
  for (let from = 0; from < count; from += KEM_PREKEYS_PER_FRAME) {
    const id = after(await lastPreKeyId(store, 'kyber'));
    const size = Math.min(KEM_PREKEYS_PER_FRAME, count - from);
    const records = generateKyberPreKeys(identity, id, size, { lastResort: false, now: now() });
    await store.batch(records.map(putKyberPreKey));
    const part = { page, from, keys: records.map(published) };
    await server.request('prekeys.publish', { kem: from + size === count ? { ...part, count } : part });
  }
}

/** The frames of a page; the last one carries the count and makes it the published one. */
function partsOf<Key>(keys: readonly Key[], perFrame: number): { from: number; keys: Key[]; count?: number }[] {
  const starts = Array.from({ length: Math.ceil(keys.length / perFrame) }, (_, i) => i * perFrame);
  return starts.map((from) => {
    const part = { from, keys: keys.slice(from, from + perFrame) };
    return from + perFrame >= keys.length ? { ...part, count: keys.length } : part;
  });
}

async function identityOf(store: RecordStore) {
  const { identityKey, identityPrivateKey } = await requireOwn(store);
  return { publicKey: identityKey, privateKey: identityPrivateKey };
}

function newest(records: readonly { readonly createdAt: number }[]): number | undefined {
  return records.length > 0 ? Math.max(...records.map(({ createdAt }) => createdAt)) : undefined;
}

const after = (id: number): number => (id % MAX_PREKEY_ID) + 1;
const published = ({ id, publicKey, signature }: SignedPreKeyRecord) => ({ id, key: publicKey, signature });
