// What a person must be told. A notice is written in the same transaction as what it is about, so no crash and no server can make a
// change silent, and it stays until a person has dismissed it.

import { sha256 } from '@noble/hashes/sha2.js';
import * as z from 'zod/mini';
import { signedDeviceList } from '../../shared/protocol/account.ts';
import { base64UrlEncode } from '../../shared/protocol/base64url.ts';
import { utf8 } from '../../shared/protocol/bytes.ts';
import { accountId, deviceId, hash, sequence } from '../../shared/protocol/fields.ts';
import type { RecordReader, RecordStore, RecordWrite } from '../storage/record-store.ts';
import { decodeJson, encodeJson } from './json-record.ts';

const evidence = z.array(signedDeviceList).check(z.maxLength(2));
const about = { account: accountId, sequence };

export const notice = z.discriminatedUnion('kind', [
  /** An accepted list brought devices in or took them out. */
  z.strictObject({ kind: z.literal('devices'), ...about, added: z.array(deviceId), removed: z.array(deviceId) }),
  /** The account key was replaced, with authority. Sending is blocked until a person acknowledges it. */
  z.strictObject({ kind: z.literal('account-key'), ...about, how: z.enum(['rotated', 'recovered']) }),
  /** The phrase that used to recover the account no longer does. */
  z.strictObject({ kind: z.literal('recovery-phrase'), ...about }),
  /** The server handed out something that is not to be believed. `code`: the refusal, and beside those of lists `freshness` and `withheld`. */
  z.strictObject({ kind: z.literal('refused'), ...about, code: z.string().check(z.maxLength(40)), evidence }),
  /** Two lists for one place, both with the account's authority: proof that anybody can check. */
  z.strictObject({ kind: z.literal('fork'), ...about, evidence }),
  /** A device of the account holds another list, for this place, than the one this device was given. */
  z.strictObject({ kind: z.literal('split-view'), ...about, hash, evidence }),
  /** A device of the account names a list of its own account that the server does not hand out. Sending is blocked until it does. */
  z.strictObject({ kind: z.literal('withheld'), ...about }),
  /** `by` was shown a list of this account, the own one, that this device does not know. */
  z.strictObject({ kind: z.literal('strange-own-list'), ...about, hash, by: accountId, device: deviceId }),
  /** A message came in the name of a device, by a key that is not that device's, or by a device that is in no list. */
  z.strictObject({ kind: z.literal('impostor'), ...about, device: deviceId }),
]);
export type Notice = z.output<typeof notice>;

const COLLECTION = 'notices';
const PAGE = 10_000;
/** Of one kind about one account: a server that lies all day fills no disk. What is over the bound is told and not kept. */
const MOST_CLAIMS = 50;
/** What an accepted list changed is always kept: only the account's own authority can make one of these. */
const CHANGES: ReadonlySet<Notice['kind']> = new Set(['devices', 'account-key', 'recovery-phrase']);

/** Of `notices`, those that are not waiting to be dismissed already, with the writes that keep them. */
export async function keepNotices(
  read: RecordReader,
  notices: readonly Notice[],
): Promise<{ readonly writes: RecordWrite[]; readonly news: Notice[] }> {
  const writes: RecordWrite[] = [];
  const news: Notice[] = [];
  for (const entry of notices) {
    const key = keyOf(entry);
    if (await read.get(COLLECTION, key)) continue;
    news.push(entry);
    const kept = await read.range(COLLECTION, { group: key.group, limit: MOST_CLAIMS });
    if (kept.length >= MOST_CLAIMS && !CHANGES.has(entry.kind)) continue;
    writes.push({ put: COLLECTION, key, value: encodeJson(notice, entry) });
  }
  return { writes, news };
}

/** Every notice that nobody has dismissed. */
export async function readNotices(store: RecordReader): Promise<Notice[]> {
  const found = await store.range(COLLECTION, { limit: PAGE });
  return found.map(({ value }) => decodeJson(notice, value));
}

/** A person has read it. What it blocks stays blocked: acknowledging is a decision of its own. */
export async function dismissNotice(store: RecordStore, entry: Notice): Promise<void> {
  await store.batch([{ delete: COLLECTION, key: keyOf(entry) }]);
}

/** Evidence is not part of the name: the first of its kind is kept, the same lie told again changes nothing. */
function keyOf(entry: Notice): { readonly group: string; readonly name: string } {
  const detail = 'code' in entry ? entry.code : 'hash' in entry ? base64UrlEncode(entry.hash) : '';
  const device = 'device' in entry ? entry.device : 0;
  const place = `${entry.sequence}/${detail}/${device}`;
  return { group: `${entry.kind}/${entry.account}`, name: base64UrlEncode(sha256(utf8(place))) };
}
