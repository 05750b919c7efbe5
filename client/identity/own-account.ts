// What this device knows of itself: the one record that holds its secrets.

import * as z from 'zod/mini';
import { devicePreKeys, signedDeviceList } from '../../shared/protocol/account.ts';
import { constantTimeEqual } from '../../shared/protocol/bytes.ts';
import {
  accountId,
  bytes,
  contactToken,
  deviceId,
  ecKey,
  registrationId,
  sequence,
  time,
} from '../../shared/protocol/fields.ts';
import { DEVICES } from '../../shared/protocol/limits.ts';
import { ed25519PublicKey } from '../../shared/trust/ed25519.ts';
import type { PinnedAccount } from '../../shared/trust/pinned-account.ts';
import type { RecordReader, RecordStore, RecordWrite } from '../storage/record-store.ts';
import type { DeviceKeys } from './device-keys.ts';
import { decodeJson, encodeJson } from './json-record.ts';

const pending = z.strictObject({
  sequence,
  list: signedDeviceList,
  prekeys: z.array(devicePreKeys).check(z.maxLength(DEVICES)),
  /** Seed of the account key of this list. */
  accountSecret: bytes(32),
});

const schema = z.strictObject({
  account: accountId,
  commitment: bytes(32),
  device: deviceId,
  added: sequence,
  registration: registrationId,
  /** 05 and 32 bytes; 32 bytes. */
  identityKey: ecKey,
  identityPrivateKey: bytes(32),
  /** Ed25519 seed. */
  connectSecret: bytes(32),
  /** What contacts need to reach the account. */
  token: contactToken,
  /** Whether the server knows the token. */
  tokenAnnounced: z.boolean(),
  /** Ed25519 seed of the account key, on the key holder alone. */
  accountSecret: z.nullable(bytes(32)),
  /** A list that was signed and whose fate is not known: nothing else is signed until it is. */
  pending: z.nullable(pending),
  /** When the key holder last confirmed the list, by its own clock. */
  confirmedAt: z.nullable(time),
});

export type OwnAccount = Readonly<z.output<typeof schema>>;
export type PendingList = z.output<typeof pending>;

const KEY = { group: 'own' };
const TOKEN_BYTES = 16;

/** Undefined where no account was created or joined. */
export async function readOwn(read: RecordReader): Promise<OwnAccount | undefined> {
  const stored = await read.get('own', KEY);
  return stored && decodeJson(schema, stored);
}

export function putOwn(own: OwnAccount): RecordWrite {
  return { put: 'own', key: KEY, value: encodeJson(schema, own) };
}

/** What a device that enters a list knows of itself. @param accountSecret null unless it is the key holder */
export function newOwnAccount(entry: {
  readonly account: string;
  readonly commitment: Uint8Array;
  readonly id: number;
  readonly added: number;
  readonly keys: DeviceKeys;
  readonly accountSecret: Uint8Array | null;
  /** Default: a new one, which replaces those that contacts have. */
  readonly token?: Uint8Array;
}): OwnAccount {
  const { account, commitment, id, added, keys, accountSecret } = entry;
  const { registration, identityKey, identityPrivateKey, connectSecret } = keys;
  const tokenAnnounced = entry.token !== undefined;
  const token = entry.token ?? crypto.getRandomValues(new Uint8Array(TOKEN_BYTES));
  const device = { device: id, added, registration, identityKey, identityPrivateKey, connectSecret };
  return { account, commitment, ...device, token, tokenAnnounced, accountSecret, pending: null, confirmedAt: null };
}

/** @throws Error where there is no account yet */
export async function requireOwn(read: RecordReader): Promise<OwnAccount> {
  const own = await readOwn(read);
  if (!own) throw new Error('this store holds no account');
  return own;
}

export async function changeOwn(store: RecordStore, edit: (own: OwnAccount) => OwnAccount): Promise<void> {
  await store.update(async (read) => [putOwn(edit(await requireOwn(read)))]);
}

/** Whether this device can sign the next list: it has the key that the pinned list names. */
export function isKeyHolder({ accountSecret }: OwnAccount, { content }: PinnedAccount): boolean {
  return accountSecret !== null && constantTimeEqual(ed25519PublicKey(accountSecret), content.accountKey);
}
